/** The settings, as the server is told them. No import of `vscode`. */

/** The object of `initializationOptions.settings`, `workspace/configuration` and `workspace/didChangeConfiguration`. */
export interface ServerSettings {
  persona: "default" | "pedantic";
  select: string[];
  ignore: string[];
  varFiles: string[];
  config: string | null;
  inlayHints: boolean;
  codeLens: boolean;
  suspicions: boolean;
}

/** The part of `vscode.WorkspaceConfiguration` that is read; a setting that nobody made has the default of `package.json`. */
export interface Configuration {
  get<T>(name: string, otherwise: T): T;
}

export function serverSettings(configuration: Configuration): ServerSettings {
  const config = configuration.get<string>("config", "");
  return {
    persona: configuration.get<string>("persona", "default") === "pedantic" ? "pedantic" : "default",
    select: configuration.get<string[]>("select", []),
    ignore: configuration.get<string[]>("ignore", []),
    varFiles: configuration.get<string[]>("varFiles", []),
    config: config === "" ? null : config,
    inlayHints: configuration.get("inlayHints", false),
    codeLens: configuration.get("codeLens", true),
    suspicions: configuration.get("suspicions", true),
  };
}
