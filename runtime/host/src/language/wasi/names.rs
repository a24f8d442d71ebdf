//! Names of the network: none is known, and asking costs by the name's length.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::{
    DynPollable, Network, SocketError, SocketResult,
    bindings::sockets::{
        ip_name_lookup::{self, ResolveAddressStream},
        network::{self, ErrorCode, IpAddress},
    },
};

use super::{OwnView, price};

impl network::Host for OwnView<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn network_error_code(
        &mut self,
        _: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.call(0)?;
        Ok(None)
    }
}

impl network::HostNetwork for OwnView<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        self.call(0)?;
        self.table.delete(network)?;
        Ok(())
    }
}

impl ip_name_lookup::Host for OwnView<'_> {
    fn resolve_addresses(
        &mut self,
        _: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        self.call(name.len() as u64 / price::COPIED)
            .map_err(SocketError::trap)?;
        Err(ErrorCode::PermanentResolverFailure.into())
    }
}

/// There is never one.
impl ip_name_lookup::HostResolveAddressStream for OwnView<'_> {
    fn resolve_next_address(
        &mut self,
        _: Resource<ResolveAddressStream>,
    ) -> SocketResult<Option<IpAddress>> {
        self.call(0).map_err(SocketError::trap)?;
        Ok(None)
    }

    fn subscribe(
        &mut self,
        _: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        self.call(0)?;
        self.ready()
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.call(0)?;
        self.table.delete(stream)?;
        Ok(())
    }
}
