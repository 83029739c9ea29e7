/** Which documents are ours: by their names, whichever extension says what language they are. No import of `vscode`. */

/** A filter of `vscode.DocumentSelector`. */
export interface Filter {
  scheme: "file";
  pattern: string;
  language?: string;
}

const PATTERNS = ["**/*.tf", "**/*.tofu", "**/*.tf.json", "**/*.tofu.json", "**/*.tfvars", "**/*.tfvars.json", "**/*.{yaml,yml}"];

/** Where one of these is, the server has work. */
export const TERRAFORM_FILES = "**/*.{tf,tofu,tf.json,tofu.json}";

/** Names that say enough for the server to be started. */
export const TELLING: Filter[] = PATTERNS.map((pattern) => ({ scheme: "file", pattern }));

/** Manifests may be JSON; of `.json` files only what is plain JSON can be one. */
export const SELECTOR: Filter[] = [...TELLING, { scheme: "file", pattern: "**/*.json", language: "json" }];

/** A selector cannot leave a language out, so the server is not told of these documents. */
export function isExcluded(languageId: string): boolean {
  return languageId === "dockercompose";
}
