use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender, select};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use lsp_types::{InitializeParams, InitializeResult, ServerInfo};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::client::Client;
use super::documents::Documents;
use super::folders::Folder;
use super::options::Options;
use super::transport::{Incoming, Outgoing};
use super::worker::{Change, Done, FolderId, Order, Verified};
use crate::analysis::Inputs;
use crate::source::path_of_uri;

/// All that is known of the client and its folders. One thread owns it.
pub(super) struct Server {
    pub(super) client: Client,
    pub(super) options: Options,
    pub(super) inputs: Inputs,
    pub(super) documents: Documents,
    pub(super) folders: Vec<Folder>,
    /// Counts changes.
    pub(super) time: u64,
    pub(super) state: &'static str,
    /// Requests that wait for an outcome, in the order in which they came.
    pub(super) waiting: VecDeque<Request>,
    pub(super) asked_settings: Option<RequestId>,
    phase: Phase,
    n_folders: u32,
    n_requests: i32,
    orders: Sender<Order>,
    out: Sender<Outgoing>,
}

/// How far the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    /// The client has been told what is offered.
    Offered,
    Running,
    ShutDown,
}

/// How a session ends, as the protocol says: 0 where the client first asked to shut down.
pub(super) type ExitCode = u8;

impl Server {
    pub(super) fn new(inputs: Inputs, orders: Sender<Order>, out: Sender<Outgoing>) -> Self {
        Self {
            client: Client::default(),
            options: Options::default(),
            inputs,
            documents: Documents::default(),
            folders: Vec::new(),
            time: 0,
            state: "ready",
            waiting: VecDeque::new(),
            asked_settings: None,
            phase: Phase::New,
            n_folders: 0,
            n_requests: 0,
            orders,
            out,
        }
    }

    /// Serves until the client says `exit` or closes its end.
    pub(super) fn run(
        mut self,
        incoming: &Receiver<Incoming>,
        done: &Receiver<Done>,
        verified: &Receiver<Verified>,
    ) -> io::Result<ExitCode> {
        loop {
            select! {
                recv(incoming) -> message => match message {
                    Ok(Incoming::Message(message)) => {
                        if let Some(code) = self.take(message) {
                            return Ok(code);
                        }
                    }
                    Ok(Incoming::Malformed(code, message)) => self.put(Outgoing::Refusal(code, message)),
                    Err(_) => return Ok(self.exit_code()),
                },
                recv(done) -> done => match done {
                    Ok(done) => self.take_outcome(done),
                    Err(_) => return Err(io::Error::other("the thread that analyzes is gone")),
                },
                recv(verified) -> verified => match verified {
                    Ok(verified) => self.take_fixes(verified),
                    Err(_) => return Err(io::Error::other("the thread that analyzes is gone")),
                },
            }
            self.answer_waiting();
        }
    }

    fn exit_code(&self) -> ExitCode {
        u8::from(self.phase != Phase::ShutDown)
    }

    fn take(&mut self, message: Message) -> Option<ExitCode> {
        match message {
            Message::Notification(it) if it.method == "exit" => return Some(self.exit_code()),
            Message::Notification(it) if matches!(self.phase, Phase::Offered | Phase::Running) => self.notified(it),
            Message::Notification(_) => {}
            Message::Request(request) => self.take_request(request),
            Message::Response(response) => self.take_response(response),
        }
        None
    }

    fn take_request(&mut self, request: Request) {
        match (self.phase, request.method.as_str()) {
            (Phase::New, "initialize") => self.initialize(request),
            (Phase::New, _) => self.refuse(request.id, ErrorCode::ServerNotInitialized, "send `initialize` first"),
            (_, "initialize") => self.refuse(request.id, ErrorCode::InvalidRequest, "this session runs already"),
            (Phase::ShutDown, _) => self.refuse(request.id, ErrorCode::InvalidRequest, "this session was shut down"),
            (_, "shutdown") => {
                self.phase = Phase::ShutDown;
                for request in std::mem::take(&mut self.waiting) {
                    self.refuse(request.id, ErrorCode::RequestCanceled, "the session was shut down");
                }
                self.respond(request.id, Ok(Json::Null));
            }
            _ => self.requested(request),
        }
    }

    fn initialize(&mut self, request: Request) {
        let refresh = request.params.pointer("/capabilities/workspace/diagnostics/refreshSupport");
        let is_told_again = refresh.and_then(Json::as_bool) == Some(true);
        let params: InitializeParams = match serde_json::from_value(request.params) {
            Ok(params) => params,
            Err(error) => return self.refuse(request.id, ErrorCode::InvalidParams, &error.to_string()),
        };
        self.client = Client::of(&params, is_told_again);
        let given = params.initialization_options.as_ref().and_then(|it| it.get("settings")).cloned();
        let read = Options::read(given.unwrap_or_default());
        let roots = roots(&params);
        let server_info = ServerInfo { name: "stanchion".into(), version: Some(env!("CARGO_PKG_VERSION").into()) };
        let offered = InitializeResult { capabilities: self.client.offered(), server_info: Some(server_info) };
        self.respond(request.id, Ok(json!(offered)));
        match read {
            Ok(options) => self.options = options,
            Err(why) => self.log(&format!("the settings were refused: {why}")),
        }
        for root in roots {
            self.add_folder(|id| Folder::of_workspace(id, &root));
        }
        self.phase = Phase::Offered;
    }

    /// The first analysis begins when the client is ready for what follows from it.
    pub(super) fn start(&mut self) {
        if self.phase != Phase::Offered {
            return;
        }
        self.phase = Phase::Running;
        if self.client.watches {
            self.watch_files();
        }
        self.ask_for_settings();
        self.configure_all();
    }

    pub(super) fn add_folder(&mut self, new: impl FnOnce(FolderId) -> Folder) -> usize {
        self.n_folders += 1;
        let folder = new(FolderId(self.n_folders));
        let known = self.folders.iter().position(|known| known.path == folder.path);
        known.unwrap_or_else(|| {
            self.folders.push(folder);
            self.folders.len() - 1
        })
    }

    /// Tells the worker of a change in a folder, which it knows by its settings.
    pub(super) fn order(&mut self, index: usize, change: Change) {
        let time = self.time;
        let folder = &mut self.folders[index];
        folder.is_started |= matches!(change, Change::Settings(..));
        if !folder.is_started {
            return;
        }
        folder.wanted = time;
        // A worker that is gone is noticed by the main loop.
        let _ = self.orders.send(Order { folder: folder.id, time, change });
        self.tell_state();
    }

    /// Has the worker do something that changes nothing.
    pub(super) fn ask_worker(&self, index: usize, change: Change) {
        let folder = &self.folders[index];
        let _ = self.orders.send(Order { folder: folder.id, time: folder.wanted, change });
    }

    pub(super) fn respond(&self, id: RequestId, result: Result<Json, ResponseError>) {
        self.put(Outgoing::Message(Message::Response(Response { id, response_result: result })));
    }

    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, message: &str) {
        self.respond(id, Err(ResponseError { code: code as i32, message: message.to_owned(), data: None }));
    }

    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        self.put(Outgoing::Message(Message::Notification(Notification::new(method.to_owned(), params))));
    }

    /// Asks the client for something.
    pub(super) fn ask(&mut self, method: &str, params: impl Serialize) -> RequestId {
        self.n_requests += 1;
        let request = Request::new(RequestId::from(self.n_requests), method.to_owned(), params);
        let id = request.id.clone();
        self.put(Outgoing::Message(Message::Request(request)));
        id
    }

    pub(super) fn log(&self, message: &str) {
        self.notify("window/logMessage", json!({ "type": 2, "message": format!("stanchion: {message}") }));
    }

    /// A client that is gone closes its input too, which ends the session.
    fn put(&self, outgoing: Outgoing) {
        let _ = self.out.send(outgoing);
    }
}

/// The folders that the client has open.
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = &params.workspace_folders {
        return folders.iter().filter_map(|folder| path_of_uri(folder.uri.as_str())).collect();
    }
    #[expect(deprecated, reason = "what clients without several folders send")]
    let (uri, path) = (params.root_uri.as_ref(), params.root_path.as_ref());
    let root = uri.and_then(|uri| path_of_uri(uri.as_str())).or_else(|| path.map(PathBuf::from));
    root.into_iter().filter(|root: &PathBuf| Path::is_absolute(root)).collect()
}
