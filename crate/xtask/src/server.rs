//! The static server: one folder, on this machine only, with the headers that the page must live with.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::{self, Next};
use axum::response::{Html, Response};
use axum::routing::get;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::failure::{Context, Failure, Result};

/// No request leaves the page's own origin; no eval, no inline script.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
     connect-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'",
);

/// The frame's page also runs without an origin, where a worker can only be started from a `blob:` or `data:` address.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob: data:; \
     connect-src 'self'; style-src 'self'; img-src 'self' data:",
);

/// The one file that is opened from a disk holds its script and its worker in itself; its own hash of them is stricter.
const OFFLINE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; \
     style-src 'unsafe-inline'; img-src data: blob:",
);

/// The policy of a page, by its path.
fn policy(path: &str) -> HeaderValue {
    match path {
        "/embed.html" => FRAME_POLICY,
        "/offline.html" => OFFLINE_POLICY,
        _ => POLICY,
    }
}

const NOT_FOUND: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Not found</title><h1>Not found</h1><p>There is no such file. <a href=\"/\">To the page</a></p></html>\n";

/// A server that has its port and waits to run.
pub struct Server {
    listener: TcpListener,
    folder: PathBuf,
}

impl Server {
    /// Takes the port (0: a free one) for the files in `folder`.
    pub fn bind(port: u16, folder: &Path) -> Result<Self> {
        if !folder.join("index.html").exists() {
            return Err(Failure::new(format!("{} has no index.html to serve", folder.display()))
                .remedy("`cargo xtask build` makes it"));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
            let what = format!("port {port} on 127.0.0.1 cannot be taken: {error}");
            let remedy = match error.kind() {
                io::ErrorKind::AddrInUse => "stop what uses it, or choose another one: --port 8081",
                _ => "choose another one: --port 8081",
            };
            Failure::new(what).remedy(remedy)
        })?;
        Ok(Self { listener, folder: folder.to_path_buf() })
    }

    /// `http://127.0.0.1:PORT/`
    pub fn url(&self) -> Result<String> {
        let address = self.listener.local_addr().or_fail(|| "read the server's address".into())?;
        Ok(format!("http://{address}/"))
    }

    /// Serves until the process ends.
    pub fn run(self) -> Result<()> {
        let doing = || "serve".to_owned();
        self.listener.set_nonblocking(true).or_fail(doing)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().or_fail(doing)?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener).or_fail(doing)?;
            axum::serve(listener, router(&self.folder)).await.or_fail(doing)
        })
    }

    /// Serves from a thread of its own for as long as this process lives.
    pub fn run_aside(self) {
        thread::spawn(move || {
            if let Err(failure) = self.run() {
                eprintln!("{failure}");
            }
        });
    }
}

/// `ServeDir` refuses every path that leaves the folder, answers HEAD and GET only, and knows the MIME
/// types but one.
fn router(folder: &Path) -> Router {
    let files = ServeDir::new(folder).not_found_service(get(not_found));
    let header = SetResponseHeaderLayer::overriding;
    Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn(by_path))
        // The browser asks each time whether a file is still the same: a rebuilt page is never stale.
        .layer(header(CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        // Pages of other origins, and frames that have none, may use what they can read anyway.
        .layer(header(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")))
        .layer(header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}

async fn not_found() -> Html<&'static str> {
    Html(NOT_FOUND)
}

/// Each page's policy; and the registry of MIME types knows `.ts` as a film.
async fn by_path(request: Request, next: Next) -> Response {
    let declarations = request.uri().path().ends_with(".ts");
    let policy = policy(request.uri().path());
    let mut response = next.run(request).await;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    if declarations && response.status().is_success() {
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    /// A served folder with one file of each kind, and a secret beside it.
    fn served(name: &str) -> (PathBuf, String) {
        let outside = std::env::temp_dir().join(format!("xtask-server-{name}-{}", std::process::id()));
        let folder = outside.join("dist");
        fs::create_dir_all(folder.join("assets")).expect("the temporary folder is writable");
        fs::write(outside.join("secret.txt"), "secret").expect("writable");
        for file in [
            "index.html",
            "app.js",
            "style.css",
            "core.wasm",
            "data.json",
            "icon.svg",
            "shot.png",
            "opening.bin",
            "gatescope.d.ts",
            "assets/a.js",
        ] {
            fs::write(folder.join(file), format!("content of {file}")).expect("writable");
        }
        let server = Server::bind(0, &folder).expect("a free port");
        let url = server.url().expect("it has an address");
        server.run_aside();
        (outside, url.trim_start_matches("http://").trim_end_matches('/').to_owned())
    }

    /// The whole answer to one request, its path sent as it is.
    fn answer(address: &str, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
            .expect("the request is sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("the answer is text");
        text
    }

    #[test]
    fn every_kind_of_file_has_its_mime_type_and_the_headers() {
        let (folder, address) = served("mime");
        for (path, mime) in [
            ("/", "text/html"),
            ("/app.js", "text/javascript"),
            ("/assets/a.js", "text/javascript"),
            ("/style.css", "text/css"),
            ("/core.wasm", "application/wasm"),
            ("/data.json", "application/json"),
            ("/icon.svg", "image/svg+xml"),
            ("/shot.png", "image/png"),
            ("/opening.bin", "application/octet-stream"),
            ("/gatescope.d.ts", "text/plain; charset=utf-8"),
        ] {
            let text = answer(&address, "GET", path);
            assert!(text.starts_with("HTTP/1.1 200"), "{path}: {text}");
            assert!(text.contains(&format!("content-type: {mime}\r\n")), "{path}: {text}");
            assert!(text.contains("x-content-type-options: nosniff\r\n"), "{path}: {text}");
            assert!(text.contains("cache-control: no-cache\r\n"), "{path}: {text}");
            assert!(text.contains("access-control-allow-origin: *\r\n"), "{path}: {text}");
            assert!(text.contains("script-src 'self' 'wasm-unsafe-eval'; worker-src"), "{path}: {text}");
        }
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn only_the_frame_may_start_workers_from_elsewhere() {
        let (folder, address) = served("policy");
        let policy = |path: &str| answer(&address, "GET", path);
        for path in ["/", "/app.js", "//embed.html", "/assets/embed.html", "/EMBED.html"] {
            assert!(policy(path).contains("worker-src 'self'; connect-src"), "{path}");
        }
        assert!(policy("/embed.html").contains("worker-src 'self' blob: data:;"));
        assert!(!policy("/embed.html").contains("unsafe-inline"));
        assert!(policy("/offline.html").contains("worker-src blob:;"));
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let (folder, address) = served("traversal");
        for path in [
            "/../secret.txt",
            "/assets/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/%2e%2e%2fsecret.txt",
            "/..\\secret.txt",
            "//secret.txt",
            "/assets/..%5c..%5csecret.txt",
        ] {
            let text = answer(&address, "GET", path);
            assert!(!text.contains("secret\r\n") && !text.ends_with("secret"), "{path}: {text}");
            assert!(!text.starts_with("HTTP/1.1 200"), "{path}: {text}");
        }
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn what_is_missing_is_a_404_and_what_is_not_reading_is_refused() {
        let (folder, address) = served("missing");
        let missing = answer(&address, "GET", "/none.js");
        assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("Not found"), "{missing}");
        assert!(answer(&address, "POST", "/app.js").starts_with("HTTP/1.1 405"));
        let head = answer(&address, "HEAD", "/app.js");
        assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn a_connection_serves_many_requests_beside_an_idle_one() {
        let (folder, address) = served("alive");
        let _idle = TcpStream::connect(&address).expect("the server listens");
        let mut stream = TcpStream::connect(&address).expect("the server listens");
        for _ in 0..3 {
            write!(stream, "GET /app.js HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("sent");
            let mut text = Vec::new();
            while !text.ends_with(b"content of app.js") {
                let mut byte = [0];
                assert_eq!(stream.read(&mut byte).expect("the connection stays open"), 1);
                text.push(byte[0]);
            }
        }
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn a_taken_port_and_an_unbuilt_page_are_said_clearly() {
        let (folder, address) = served("taken");
        let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let taken = Server::bind(port, &folder.join("dist")).err().expect("taken").to_string();
        assert!(taken.contains(&format!("port {port}")) && taken.contains("--port"), "{taken}");
        let unbuilt = Server::bind(0, &folder.join("assets")).err().expect("unbuilt").to_string();
        assert!(unbuilt.contains("cargo xtask build"), "{unbuilt}");
        let _ = fs::remove_dir_all(folder);
    }
}
