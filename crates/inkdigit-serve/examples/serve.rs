//! A server inside a program of your own: the built-in model, or the one named first, at port 8080, or the address
//! named second.
//!
//!     cargo run --release -p inkdigit-serve --example serve [MODEL [ADDRESS:PORT]]

use std::sync::Arc;

use inkdigit_serve::{Config, Listener, ModelSource, Models, Server};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named = |place| ModelSource::Named { name: "default".into(), place };
    let sources = std::env::args().nth(1).map(named).into_iter().collect();
    let address = std::env::args().nth(2).unwrap_or("127.0.0.1:8080".into()).parse()?;
    let config = Config::default();
    let server = Arc::new(Server::new(config.clone(), Models::open(sources, &config)?)?);
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = Listener::bind(address).await?;
        println!("listening at http://{}", listener.address()?);
        listener.serve(server, std::future::pending()).await;
        Ok(())
    })
}
