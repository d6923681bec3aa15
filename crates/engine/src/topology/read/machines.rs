//! Virtual machines and availability sets, as far as NICs need them.

use super::Reading;
use super::value::{Object, object, reference};
use azflow_core::model::{Machine, ResourceId};
use serde_json::Value;

/// Reads an object if it is a machine or an availability set.
pub(super) fn read(o: &Object<'_>, out: &mut Reading) -> bool {
    let kind = o.kind();
    let id = ResourceId(o.id().to_owned());
    if id.0.is_empty() {
        return false;
    }
    let references = |o: &Object<'_>, key: &str| -> Vec<ResourceId> {
        o.list(key).into_iter().filter_map(reference).collect()
    };
    if kind == "microsoft.compute/virtualmachines"
        || o.has("hardwareprofile") && o.get("networkprofile").is_some_and(Value::is_object)
    {
        let size = o.get("hardwareprofile").and_then(object).map(|h| h.text("vmsize").to_owned());
        let nics = o.get("networkprofile").and_then(object);
        let machine = Machine {
            name: id.name().to_owned(),
            size: size.filter(|size| !size.is_empty()),
            availability_set: o
                .reference("availabilityset")
                .or_else(|| o.reference("availabilitysetreference")),
            nics: nics.map(|n| references(&n, "networkinterfaces")).unwrap_or_default(),
            id,
        };
        out.network.put_machine(machine);
        return true;
    }
    if kind == "microsoft.compute/availabilitysets" || o.has("platformfaultdomaincount") {
        let mut members = references(o, "virtualmachines");
        members.extend(references(o, "virtualmachinesreferences"));
        for member in members {
            let name = member.name().to_owned();
            let machine =
                Machine { id: member, name, availability_set: Some(id.clone()), ..Machine::default() };
            out.network.put_machine(machine);
        }
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::read_network;

    #[test]
    fn machines_and_their_sets_are_read() {
        let id =
            |kind: &str, name: &str| format!("/subscriptions/s/resourceGroups/r/providers/{kind}/{name}");
        let (vm, set) = ("Microsoft.Compute/virtualMachines", "Microsoft.Compute/availabilitySets");
        let text = format!(
            r#"[{{"id":"{}","name":"a","hardwareProfile":{{"vmSize":"Standard_D2s_v5"}},"networkProfile":
                 {{"networkInterfaces":[{{"id":"/n/1"}},{{"id":"/n/2"}}]}},"availabilitySet":{{"id":"{}"}}}},
                {{"id":"{}","platformFaultDomainCount":2,"virtualMachines":[{{"id":"{}"}},{{"id":"{}"}}]}}]"#,
            id(vm, "a"),
            id(set, "X"),
            id(set, "x"),
            id(vm, "A"),
            id(vm, "b"),
        );
        let machines = read_network(text.as_bytes()).network.machines;
        let found: Vec<_> = machines
            .iter()
            .map(|m| {
                (
                    m.name.as_str(),
                    m.size.as_deref(),
                    m.availability_set.as_ref().map(|s| s.name()),
                    m.nics.len(),
                )
            })
            .collect();
        assert_eq!(found, [("a", Some("Standard_D2s_v5"), Some("x"), 2), ("b", None, Some("x"), 0)]);
    }
}
