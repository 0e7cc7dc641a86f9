//! Parts of 127.0.0.0/8 that no other run of the scenarios uses at the same time.

use std::net::{Ipv4Addr, TcpListener};

use super::fixtures::PORT;

/// Networks of a run, each with as many subnets as fit.
#[derive(Debug)]
pub(crate) struct Networks {
    network: u8,
    next_subnet: u8,
    /// Held as long as the networks are ours.
    claims: Vec<TcpListener>,
}

impl Networks {
    /// One to begin with.
    pub(crate) fn claim() -> Result<Self, String> {
        let (network, claim) = claim_from(FIRST_NETWORK)?;
        Ok(Self { network, next_subnet: FIRST_SUBNET, claims: vec![claim] })
    }

    /// The first three bytes of addresses that no other test bed has.
    pub(crate) fn subnet(&mut self) -> Result<[u8; 3], String> {
        if self.next_subnet == u8::MAX {
            let (network, claim) = claim_from(self.network.saturating_add(1))?;
            (self.network, self.next_subnet) = (network, FIRST_SUBNET);
            self.claims.push(claim);
        }
        let subnet = [127, self.network, self.next_subnet];
        self.next_subnet += 1;
        Ok(subnet)
    }
}

/// The first free network, starting from this one.
fn claim_from(first: u8) -> Result<(u8, TcpListener), String> {
    (first..=u8::MAX)
        .find_map(|network| Some((network, TcpListener::bind((claimed(network), PORT)).ok()?)))
        .ok_or_else(|| format!("all of 127.0.0.0/8 is in use at port {PORT}; end the other runs"))
}

/// An address of a network that nodes never use: the run that listens there owns the network.
fn claimed(network: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, network, u8::MAX, 254)
}

const FIRST_NETWORK: u8 = 16;

const FIRST_SUBNET: u8 = 1;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_as_many_subnets_as_are_wanted() {
        let mut networks = Networks::claim().expect("a network");
        let subnets: BTreeSet<_> = (0..600).map(|_| networks.subnet().expect("a subnet")).collect();
        assert_eq!((subnets.len(), networks.claims.len()), (600, 3));
    }
}
