//! How much memory a description of a network takes when it is read, told before any of it is taken.
//!
//! Text packs well and small values take much room: a hundred kilobytes can unpack to gigabytes of values. So values are
//! counted first, without being kept.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Bytes that a description may take when read. Ninety thousand subnets with all that Azure writes of them take less.
const MOST: usize = 1 << 30;

/// A value in its place.
const VALUE: usize = 32;
/// A text besides its letters.
const TEXT: usize = 16;
/// A node of a map, and how many entries one surely has.
const NODE: usize = 640;
const NODE_HOLDS: usize = 6;
/// A line of a list, as a subnet with its place.
const LINE: usize = 1024;

/// Why a description is not read, if it is too large.
pub fn description_limit(text: &[u8]) -> Option<String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        let most = MOST / LINE;
        return (lines > most).then(|| format!("a list of {lines} lines: lists of up to {most} are read"));
    }
    let mut taken = 0_usize;
    for cost in serde_json::Deserializer::from_slice(text).into_iter::<Cost>() {
        match cost {
            Ok(Cost(cost)) => taken = taken.saturating_add(cost),
            Err(error) if error.is_data() => taken = usize::MAX,
            // Whoever reads it says what is wrong.
            Err(_) => break,
        }
        if taken > MOST {
            let most = MOST >> 20;
            return Some(format!("its values would take more than {most} MB of memory: it is not read"));
        }
    }
    None
}

/// The bytes that a value takes.
struct Cost(usize);

impl Cost {
    /// Adds to it, up to the limit.
    fn add<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        self.0 = self.0.saturating_add(bytes);
        if self.0 > MOST { Err(E::custom("too large")) } else { Ok(()) }
    }
}

impl<'de> Deserialize<'de> for Cost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Cost;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Cost, E> {
        Ok(Cost(VALUE))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Cost, E> {
        Ok(Cost(VALUE))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Cost, E> {
        Ok(Cost(VALUE))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Cost, E> {
        Ok(Cost(VALUE))
    }

    fn visit_unit<E>(self) -> Result<Cost, E> {
        Ok(Cost(VALUE))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cost, E> {
        Ok(Cost(VALUE + TEXT + text.len()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cost, A::Error> {
        let mut out = Cost(VALUE);
        while let Some(Cost(item)) = list.next_element()? {
            // A list that grows is there twice for a moment.
            out.add(item + VALUE)?;
        }
        Ok(out)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cost, A::Error> {
        let mut out = Cost(VALUE);
        let mut entries = 0_usize;
        while let Some((Cost(key), Cost(value))) = map.next_entry()? {
            if entries.is_multiple_of(NODE_HOLDS) {
                out.add(NODE)?;
            }
            entries += 1;
            // The places of both are in the node.
            out.add((key + value).saturating_sub(2 * VALUE))?;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_are_refused_before_they_fill_the_memory() {
        let objects = |count: usize| format!("[{}]", vec![r#"{"":0}"#; count].join(","));
        assert_eq!(description_limit(objects(1_000_000).as_bytes()), None);
        for text in [
            objects(3_000_000),
            // Value after value, each small.
            vec![r#"{"":0}"#; 3_000_000].join("\n"),
            format!(r#"{{"value":{}}}"#, objects(3_000_000)),
            format!("[{}]", vec!["0"; 20_000_000].join(",")),
            "10.0.0.0/8,a\n".repeat(2_000_000),
        ] {
            let told = description_limit(text.as_bytes());
            assert!(told.is_some(), "{}", text.get(..30).unwrap_or_default());
        }
    }

    #[test]
    fn ninety_thousand_subnets_with_all_that_azure_writes_are_read() {
        let id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network-westeurope/providers/\
                  Microsoft.Network";
        let subnet = format!(
            r#"{{"name":"snet-application-00000","id":"{id}/virtualNetworks/vnet-hub-westeurope/subnets/snet-application-00000",
            "etag":"W/\"00000000-0000-0000-0000-000000000000\"","type":"Microsoft.Network/virtualNetworks/subnets",
            "resourceGroup":"rg-network-westeurope","addressPrefix":"10.0.0.0/28","provisioningState":"Succeeded",
            "delegations":[{{"name":"d","id":"{id}/virtualNetworks/vnet-hub-westeurope/subnets/s/delegations/d","etag":"W/\"0\"",
            "serviceName":"Microsoft.Web/serverFarms","actions":["Microsoft.Network/virtualNetworks/subnets/action"],
            "provisioningState":"Succeeded","type":"Microsoft.Network/virtualNetworks/subnets/delegations"}}],
            "networkSecurityGroup":{{"id":"{id}/networkSecurityGroups/nsg-application-00000","resourceGroup":"rg"}},
            "routeTable":{{"id":"{id}/routeTables/rt-hub-westeurope","resourceGroup":"rg"}},
            "serviceEndpoints":[{{"service":"Microsoft.Storage","locations":["westeurope","northeurope"],
            "provisioningState":"Succeeded"}}],"ipConfigurations":[{{"id":"{id}/networkInterfaces/nic-a/ipConfigurations/one",
            "resourceGroup":"rg"}},{{"id":"{id}/networkInterfaces/nic-b/ipConfigurations/one","resourceGroup":"rg"}}],
            "privateEndpointNetworkPolicies":"Disabled","privateLinkServiceNetworkPolicies":"Enabled",
            "defaultOutboundAccess":false,"applicationGatewayIPConfigurations":null,"natGateway":null}}"#
        );
        let text = format!("[{}]", vec![subnet; 90_000].join(","));
        assert_eq!(description_limit(text.as_bytes()), None);
    }

    #[test]
    fn what_is_damaged_is_left_to_its_reader() {
        for text in ["", "{", "[1,", r#"{"a":"\ud800"}"#, "[1e999]", "\u{feff}[]", "10.0.0.0/8,a"] {
            assert_eq!(description_limit(text.as_bytes()), None, "{text}");
        }
    }
}
