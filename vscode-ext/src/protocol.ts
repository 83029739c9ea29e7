/** What the server speaks beyond the Language Server Protocol. No import of `vscode`: the webview reads it too. */

export interface Position {
  line: number;
  character: number;
}

export interface Place {
  uri: string;
  range: { start: Position; end: Position };
}

/** Notification `stanchion/status`: how the analysis stands. */
export interface ServerStatus {
  state: "analyzing" | "ready" | "failed";
  version: string;
  findings: number;
  undecided: number;
  files: number;
  milliseconds: number;
  message?: string;
}

/** Which picture is wanted: the one of a finding, or of the resource at a place. */
export type PictureParams = { fingerprint: string } | { textDocument: { uri: string }; position: Position };

/** Answer to `stanchion/picture`. `P` is the `Picture` that the report's script draws; only the webview looks into it. */
export interface PictureReply<P = unknown> {
  title: string;
  picture: P;
  /** Where the nodes are declared, by their ids. */
  places: Record<string, Place>;
}

/** Answer to `stanchion/explain`. */
export interface ExplainReply {
  title: string;
  markdown: string;
}

/** Answer to `stanchion/report`: one page that needs nothing else. */
export interface ReportReply {
  html: string;
}

/** Argument of the command `stanchion.showPath` in code actions and lenses. */
export type PathTarget = { fingerprint: string } | { uri: string; position: Position };

export function pictureParams(target: PathTarget): PictureParams {
  return "fingerprint" in target ? target : { textDocument: { uri: target.uri }, position: target.position };
}

/** From the host to the webview that shows a picture. */
export interface ShowPicture<P = unknown> extends PictureReply<P> {
  /** What is written beside a node: the file, from the workspace's root, and the line. */
  captions: Record<string, string>;
}

/** From that webview to the host: it can be told what to show, or a node was clicked. */
export type FromPicture = { kind: "ready" } | { kind: "open"; id: number };
