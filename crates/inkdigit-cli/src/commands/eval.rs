//! stub
/// stub
#[derive(clap::Args, Debug)]
pub struct Args {}
/// stub
pub fn run(_: Args) -> anyhow::Result<()> {
    Ok(())
}
