//! Peerings and gateways of random networks.

use super::build::{peering, subnet};
use super::kinds::Kind;
use super::network::{Made, Throw, texts};
use serde_json::{Value, json};

/// Peers some networks, and puts gateways into some.
pub fn link(throw: &mut Throw<'_>, ids: &[(String, usize)], made: &[Made], networks: &mut [Value]) {
    for at in 0..ids.len() {
        let mut gateways = false;
        for other in 0..ids.len() {
            // Azure refuses to peer networks that share space.
            if at == other || ids[at].1 == ids[other].1 {
                continue;
            }
            let remote = &networks[other];
            let space: Vec<String> = remote["addressSpace"]["addressPrefixes"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|p| p.as_str().map(str::to_owned))
                .collect();
            let subnets: Vec<&Made> = made.iter().filter(|s| s.network == other).collect();
            if let Some(peering) = peer(throw, &ids[at].0, &ids[other].0, &space, &subnets) {
                gateways |= peering["useRemoteGateways"] == true;
                networks[at]["virtualNetworkPeerings"].as_array_mut().expect("a list").push(peering);
            }
        }
        // A network has a gateway of its own or uses another's.
        if !gateways && throw.has(Kind::Gateways, 3) {
            let gateway = subnet(&ids[at].0, "GatewaySubnet", &[&format!("10.{}.255.0/27", ids[at].1)]);
            networks[at]["subnets"].as_array_mut().expect("a list").push(gateway);
        }
    }
}

fn peer(
    throw: &mut Throw<'_>,
    own: &str,
    remote: &str,
    space: &[String],
    subnets: &[&Made],
) -> Option<Value> {
    let kinds = [
        Kind::Peerings,
        Kind::PeeringStates,
        Kind::DoubtfulPeerings,
        Kind::Unsynced,
        Kind::PeeringWithoutSpace,
        Kind::SubnetPeerings,
        Kind::Gateways,
    ];
    let kinds: Vec<Kind> = kinds.into_iter().filter(|kind| throw.kinds.contains(kind)).collect();
    if kinds.is_empty() || throw.dice.one_in(3) {
        return None;
    }
    let mut out = peering(own, &format!("to-{}", throw.dice.below(1000)), remote, &texts(space));
    match throw.dice.of(&kinds) {
        Kind::PeeringStates => match throw.dice.below(4) {
            0 => out["peeringState"] = json!("Disconnected"),
            1 => out["peeringState"] = json!("Initiated"),
            2 => out["allowVirtualNetworkAccess"] = json!(false),
            _ => _ = out.as_object_mut().expect("an object").remove("allowVirtualNetworkAccess"),
        },
        Kind::DoubtfulPeerings => match throw.dice.below(2) {
            0 => out["peeringState"] = json!("Updating"),
            _ => _ = out.as_object_mut().expect("an object").remove("peeringState"),
        },
        Kind::Unsynced => {
            out["peeringSyncLevel"] = json!("LocalNotInSync");
            if throw.dice.one_in(2) {
                out["remoteVirtualNetworkAddressSpace"]["addressPrefixes"]
                    .as_array_mut()
                    .expect("a list")
                    .push(json!("172.16.0.0/16"));
            } else {
                let narrow = space[0].replace(".0.0/16", ".0.0/24");
                out["remoteAddressSpace"] = json!({ "addressPrefixes": [narrow] });
            }
        }
        Kind::PeeringWithoutSpace => {
            let object = out.as_object_mut().expect("an object");
            object.remove("remoteAddressSpace");
            if throw.dice.one_in(2) {
                object.remove("remoteVirtualNetworkAddressSpace");
            }
        }
        Kind::SubnetPeerings => {
            let chosen = throw.dice.of(subnets);
            let gone = throw.dice.one_in(4);
            out["peerCompleteVnets"] = json!(false);
            if throw.dice.one_in(2) {
                out["localSubnetNames"] = json!(["app"]);
            }
            out["remoteSubnetNames"] = json!([if gone { "cache" } else { chosen.name.as_str() }]);
            let space: Vec<&str> = if gone { vec!["10.1.200.0/24"] } else { texts(&chosen.prefixes) };
            match throw.dice.below(3) {
                0 => out["remoteAddressSpace"] = json!({ "addressPrefixes": space }),
                1 => {}
                _ => _ = out.as_object_mut().expect("an object").remove("remoteAddressSpace"),
            }
        }
        Kind::Gateways => out["useRemoteGateways"] = json!(true),
        _ => {}
    }
    Some(out)
}
