#![expect(clippy::needless_pass_by_value, reason = "literals of JSON read best without a sign before them")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value as Json, json};

/// Nothing that a test asks for takes longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(120);

/// A small editor: the real binary at the other end of two pipes.
pub(super) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Json>,
    n_requests: i64,
    /// What the editor says when it is asked for settings.
    pub(super) settings: Json,
    /// What was pushed last of each file that has something.
    pub(super) published: BTreeMap<String, Vec<Json>>,
    /// Notifications but diagnostics.
    pub(super) told: Vec<(String, Json)>,
    /// Requests of the server.
    pub(super) asked: Vec<(String, Json)>,
}

impl Client {
    /// Starts the server and says nothing.
    pub(super) fn spawn(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
        command.args(["lsp", "--stdio", "--threads", "2"]).env_clear().current_dir(folder);
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, output) = channel();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            output,
            n_requests: 0,
            settings: Json::Null,
            published: BTreeMap::new(),
            told: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Opens a folder with an editor that can do everything but ask for diagnostics.
    pub(super) fn open_folder(folder: &Path) -> Self {
        Self::open_folders(&[folder], capabilities(), json!({ "commands": true }))
    }

    pub(super) fn open_folders(folders: &[&Path], capabilities: Json, options: Json) -> Self {
        let mut client = Self::spawn(folders.first().unwrap_or(&Path::new("/")));
        let folders: Vec<Json> = folders.iter().map(|it| json!({ "uri": uri(it), "name": "x" })).collect();
        let params = json!({
            "processId": null,
            "rootUri": null,
            "workspaceFolders": folders,
            "capabilities": capabilities,
            "initializationOptions": options,
        });
        client.request("initialize", params).unwrap();
        client.notify("initialized", json!({}));
        client
    }

    /// Sends bytes as they are.
    pub(super) fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub(super) fn send(&mut self, message: &Json) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(super) fn notify(&mut self, method: &str, params: Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its id.
    pub(super) fn ask(&mut self, method: &str, params: Json) -> i64 {
        self.n_requests += 1;
        let id = self.n_requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Sends a request and waits for its result, or the error.
    pub(super) fn request(&mut self, method: &str, params: Json) -> Result<Json, Json> {
        let id = self.ask(method, params);
        self.answer(&json!(id))
    }

    /// Waits for the answer to a request.
    pub(super) fn answer(&mut self, id: &Json) -> Result<Json, Json> {
        loop {
            let message = self.receive().expect("an answer");
            if message.get("method").is_none() && message.get("id") == Some(id) {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    /// The next message, after what follows from it has been done.
    pub(super) fn receive(&mut self) -> Option<Json> {
        let message = self.output.recv_timeout(PATIENCE).ok()?;
        let params = message["params"].clone();
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let items = params["diagnostics"].as_array().unwrap().clone();
                let uri = params["uri"].as_str().unwrap().to_owned();
                if items.is_empty() {
                    self.published.remove(&uri)
                } else {
                    self.published.insert(uri, items)
                };
            }
            Some(method) if message.get("id").is_some() => {
                let result = if method == "workspace/configuration" { json!([self.settings]) } else { Json::Null };
                self.asked.push((method.to_owned(), params));
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
            }
            Some(method) => self.told.push((method.to_owned(), params)),
            None => {}
        }
        Some(message)
    }

    /// Waits until everything that was sent has been analyzed.
    pub(super) fn settle(&mut self) {
        // An answer about settings may come before the first analysis, and start another.
        for _ in 0..2 {
            self.request("workspace/symbol", json!({ "query": "" })).unwrap();
        }
    }

    pub(super) fn open(&mut self, path: &Path, text: &str) {
        let document = json!({ "uri": uri(path), "languageId": "terraform", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the whole text.
    pub(super) fn change(&mut self, path: &Path, text: &str) {
        self.edit(path, json!([{ "text": text }]));
    }

    pub(super) fn edit(&mut self, path: &Path, changes: Json) {
        let document = json!({ "uri": uri(path), "version": 2 });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(path) } }));
    }

    /// Tells that files changed on the disk.
    pub(super) fn touch(&mut self, paths: &[&Path]) {
        let changes: Vec<Json> = paths.iter().map(|path| json!({ "uri": uri(path), "type": 2 })).collect();
        self.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    }

    /// A request about a place of a document.
    pub(super) fn at(&mut self, method: &str, path: &Path, line: u32, character: u32) -> Json {
        let position = json!({ "line": line, "character": character });
        self.request(method, json!({ "textDocument": { "uri": uri(path) }, "position": position })).unwrap()
    }

    /// A request about a whole document.
    pub(super) fn about(&mut self, method: &str, path: &Path) -> Json {
        self.request(method, json!({ "textDocument": { "uri": uri(path) } })).unwrap()
    }

    /// Rules and first lines (one-based) of what is shown of a file, sorted.
    pub(super) fn shown(&self, path: &Path) -> Vec<(String, u64)> {
        let items = self.published.get(&uri(path)).map_or(&[][..], Vec::as_slice);
        let mut shown: Vec<_> = items.iter().map(rule_and_line).collect();
        shown.sort();
        shown
    }

    pub(super) fn status(&self) -> &Json {
        let mut all = self.told.iter().rev().filter(|(method, _)| method == "stanchion/status");
        &all.next().expect("a status").1
    }

    /// Closes the input.
    pub(super) fn hang_up(&mut self) {
        self.input = None;
    }

    pub(super) fn wait(&mut self) -> ExitStatus {
        let began = std::time::Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server goes on");
    }

    /// Ends the session as the protocol asks for.
    pub(super) fn shut_down(mut self) {
        assert_eq!(self.request("shutdown", Json::Null), Ok(Json::Null));
        self.notify("exit", Json::Null);
        assert_eq!(self.wait().code(), Some(0));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a modern editor says of itself, but for asking for diagnostics.
pub(super) fn capabilities() -> Json {
    json!({
        "general": { "positionEncodings": ["utf-8", "utf-16"] },
        "workspace": {
            "configuration": true,
            "workspaceFolders": true,
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "codeLens": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
        },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true,
                "codeDescriptionSupport": true,
                "tagSupport": { "valueSet": [1, 2] },
            },
        },
    })
}

pub(super) fn rule_and_line(item: &Json) -> (String, u64) {
    (item["code"].as_str().unwrap().to_owned(), item["range"]["start"]["line"].as_u64().unwrap() + 1)
}

/// The `file:` URI of a path.
pub(super) fn uri(path: &Path) -> String {
    stanchion::source::file_uri(path)
}

fn read(input: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            field => {
                if let Some(value) = field.strip_prefix("Content-Length: ") {
                    length = value.parse().unwrap();
                }
            }
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// A folder with files, its real path, links resolved.
pub(super) fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    for (name, text) in files {
        let file = path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    (folder, path)
}
