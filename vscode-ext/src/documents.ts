/** Which documents are ours: by their names, whichever extension says what language they are. No import of `vscode`. */

/** A filter of `vscode.DocumentSelector`. */
export interface Filter {
  scheme: "file";
  pattern: string;
  language?: string;
}

const PATTERNS = ["**/*.tf", "**/*.tofu", "**/*.tf.json", "**/*.tofu.json", "**/*.tfvars", "**/*.tfvars.json", "**/*.{yaml,yml}"];

/** Manifests may be JSON; of `.json` files only what is plain JSON can be one. */
export const SELECTOR: Filter[] = [
  ...PATTERNS.map((pattern): Filter => ({ scheme: "file", pattern })),
  { scheme: "file", pattern: "**/*.json", language: "json" },
];

/** A selector cannot leave a language out, so the server is not told of these documents. */
export function isExcluded(languageId: string): boolean {
  return languageId === "dockercompose";
}
