//! `cargo xtask <command>`: everything that is done with gatescope besides writing it.
//!
//! One responsibility a file. A command is a file (`site`, `server`, `package`, `testing`, `checking`, `bench`, `torch`, `webkit`)
//! that calls the tools (`toolchain`, `bindings`, `optimise`, `node`, `generated`, `browser`, `consumers`, `layers`, `purity`),
//! which all run things through `step` and do again only what `fresh` says.

mod apt;
mod arguments;
mod bench;
mod bindings;
mod browser;
mod checking;
mod consumers;
mod counts;
mod failing;
mod failure;
mod fresh;
mod generated;
mod imports;
mod layers;
mod layout;
mod node;
mod optimise;
mod package;
mod parts;
mod purity;
mod server;
mod site;
mod step;
mod testing;
mod toolchain;
mod torch;
mod webkit;

use std::process::ExitCode;

use arguments::Request;
use failure::Result;
use layout::Layout;
use server::Server;

fn main() -> ExitCode {
    match answer() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked; `false` when it ran to the end and something in it failed.
fn answer() -> Result<bool> {
    let layout = Layout::find();
    match arguments::parse(lexopt::Parser::from_env())? {
        Request::Help => print!("{}", arguments::HELP),
        Request::Build => drop(site::build(&layout)?),
        Request::Pack => drop(package::build_and_pack(&layout)?),
        Request::Serve { port, release_only } => serve(&layout, port, release_only)?,
        Request::Bench(options) => bench::bench(&layout, &options)?,
        Request::Test => return testing::test(&layout),
        Request::Torch => return torch::compare(&layout),
        Request::WebKit => return webkit::test(&layout),
        Request::Check => return checking::check(&layout),
    }
    Ok(true)
}

fn serve(layout: &Layout, port: u16, release_only: bool) -> Result<()> {
    if !release_only {
        site::build(layout)?;
    }
    let server = Server::bind(port, &layout.dist())?;
    // Public: whoever starts this waits for this line.
    println!("serving {}", server.url()?);
    server.run()
}
