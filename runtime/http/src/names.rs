//! Where names lead.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;

/// The addresses that a name leads to. May block.
pub type Lookup = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// Names as a name server has them, without the addresses of this machine and its networks: who owns a name may have
/// it lead there.
pub(crate) struct PublicNames(pub(crate) Lookup);

/// What is said of a name that leads to such addresses alone.
pub(crate) const LOCAL: &str = "leads to an address of this machine or its networks";

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || public(&lookup, name.as_str()));
            let addresses: Addrs = Box::new(found.await??.into_iter());
            Ok(addresses)
        })
    }
}

fn public(lookup: &Lookup, name: &str) -> io::Result<Vec<SocketAddr>> {
    let found = lookup(name)?;
    // This name says that it leads here, so who granted it has granted that.
    let local = name == "localhost";
    let may = |address: &IpAddr| {
        if local {
            address.is_loopback()
        } else {
            is_public(*address)
        }
    };
    let kept: Vec<SocketAddr> = found
        .iter()
        .filter(|address| may(address))
        .map(|address| SocketAddr::new(*address, 0))
        .collect();
    match (kept.is_empty(), found.first()) {
        (true, Some(first)) => Err(io::Error::other(format!("{name} {LOCAL} ({first})"))),
        _ => Ok(kept),
    }
}
