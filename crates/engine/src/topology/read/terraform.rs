//! What `terraform show -json` prints of a plan or a state, and the state file itself: each resource as Azure's own tools
//! would write it.
//!
//! Before the first apply few ids are known. They are then made of the resource group and the name, and where one
//! resource names another, the configuration in the plan says which. What is known only after apply stays unknown.

use super::expression::path;
use super::terraform_resources::{Resource, write};
use super::{Reading, read_value};
use azflow_core::ingest::IssueCode;
use azflow_core::model::ResourceId;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What stands in place of a value that only applying the plan will tell.
pub(super) const AFTER_APPLY: &str = "[known after apply]";

/// Modules within modules.
const MAX_DEPTH: u32 = 32;

/// Reads an object if Terraform wrote it.
pub(super) fn read(value: &Value, out: &mut Reading, depth: u32) -> bool {
    let Some(map) = value.as_object().filter(|map| map.contains_key("terraform_version")) else {
        return false;
    };
    let mut plan = Plan::default();
    let values = map.get("planned_values").or_else(|| map.get("values"));
    if let Some(root) = values.and_then(|values| values.get("root_module")) {
        plan.changes = changes(map);
        plan.module(root, 0);
        if let Some(root) = map.get("configuration").and_then(|config| config.get("root_module")) {
            plan.is_configured = true;
            plan.configure(root, "", 0);
        }
    } else if let Some(Value::Array(list)) = map.get("resources") {
        list.iter().for_each(|resource| plan.instances(resource));
    } else {
        return false;
    }
    plan.finish();
    for what in &plan.notes {
        out.note(IssueCode::NetworkPart, what.clone());
    }
    let written = write(&plan, out);
    if written.is_empty() {
        let next = "apply it, then give what Azure has: az network nsg list -o json";
        out.note(
            IssueCode::WrongKind,
            format!("a Terraform plan or state without a network of Azure; {next}"),
        );
    }
    written.iter().for_each(|resource| read_value(resource, out, depth + 1));
    true
}

/// What is known only after apply, by address.
fn changes(map: &Map<String, Value>) -> BTreeMap<String, Value> {
    let list = map.get("resource_changes").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|change| {
        let address = change.get("address")?.as_str()?.to_owned();
        Some((address, change.get("change")?.get("after_unknown")?.clone()))
    })
    .collect()
}

/// The resources of a plan or state.
#[derive(Default)]
pub(super) struct Plan {
    pub resources: Vec<Resource>,
    pub is_configured: bool,
    /// By address without indices and attribute: what the configuration names there.
    named: BTreeMap<(String, String), Vec<String>>,
    /// The same by kind: the first resource that is named there by its place, and whether it is the only one.
    meant: BTreeMap<(String, String), BTreeMap<String, (usize, bool)>>,
    changes: BTreeMap<String, Value>,
    /// The subscriptions that ids name for each resource group, in lower case.
    groups: BTreeMap<String, BTreeSet<String>>,
    notes: BTreeSet<String>,
}

impl Plan {
    fn module(&mut self, module: &Value, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        for resource in module.get("resources").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default();
            let Some(values) = resource.get("values") else { continue };
            let mut values = values.clone();
            if let Some(unknown) = self.changes.get(text("address")) {
                overlay(&mut values, unknown, 0);
            }
            self.add(text("type"), text("address"), values);
        }
        for child in module.get("child_modules").and_then(Value::as_array).into_iter().flatten() {
            self.module(child, depth + 1);
        }
    }

    /// The instances of a resource of a state file.
    fn instances(&mut self, resource: &Value) {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        let address = format!("{}.{}", text("type"), text("name"));
        for instance in resource.get("instances").and_then(Value::as_array).into_iter().flatten() {
            if let Some(values) = instance.get("attributes") {
                self.add(text("type"), &address, values.clone());
            }
        }
    }

    fn add(&mut self, kind: &str, address: &str, values: Value) {
        if kind.starts_with("azapi_") {
            let message =
                format!("{address}: what azapi describes is not read: apply it, then az network nsg list");
            self.notes.insert(message);
        }
        if let (true, Value::Object(values)) = (kind.starts_with("azurerm_"), values) {
            values.values().for_each(|value| gather(value, &mut self.groups));
            let (kind, address) = (kind.to_owned(), address.to_owned());
            self.resources.push(Resource { kind, address, values, id: String::new() });
        }
    }

    fn configure(&mut self, module: &Value, prefix: &str, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        for resource in module.get("resources").and_then(Value::as_array).into_iter().flatten() {
            let Some(address) = resource.get("address").and_then(Value::as_str) else { continue };
            let expressions = resource.get("expressions").and_then(Value::as_object);
            for (key, value) in expressions.into_iter().flatten() {
                let list = value.get("references").and_then(Value::as_array).into_iter().flatten();
                let references =
                    list.filter_map(Value::as_str).map(|text| format!("{prefix}{text}")).collect();
                self.named.insert((format!("{prefix}{address}"), key.clone()), references);
            }
        }
        let calls = module.get("module_calls").and_then(Value::as_object);
        for (name, call) in calls.into_iter().flatten() {
            if let Some(module) = call.get("module") {
                self.configure(module, &format!("{prefix}module.{name}."), depth + 1);
            }
        }
    }

    /// Finds what the configuration names, and gives every resource its id.
    fn finish(&mut self) {
        // By address: the first of each kind, and whether it is the only one.
        let mut at: BTreeMap<String, BTreeMap<&str, (usize, bool)>> = BTreeMap::new();
        for (place, resource) in self.resources.iter().enumerate() {
            let kinds = at.entry(without_indices(&resource.address)).or_default();
            kinds.entry(&resource.kind).and_modify(|known| known.1 = false).or_insert((place, true));
        }
        for (key, references) in &self.named {
            let addresses =
                BTreeSet::from_iter(references.iter().map(|reference| without_indices(reference)));
            let mut meant: BTreeMap<String, (usize, bool)> = BTreeMap::new();
            for (kind, (place, is_only)) in addresses.iter().filter_map(|address| at.get(address)).flatten() {
                let found = (*place, *is_only);
                meant.entry((*kind).to_owned()).and_modify(|known| known.1 = false).or_insert(found);
            }
            self.meant.insert(key.clone(), meant);
        }
        let ids: Vec<String> = self.resources.iter().map(|resource| self.made_id(resource)).collect();
        self.resources.iter_mut().zip(ids).for_each(|(resource, id)| resource.id = id);
    }

    fn made_id(&self, resource: &Resource) -> String {
        let known = resource.text("id");
        // An id of Azure's own; associations and others have ids of another make.
        if known.starts_with('/') && !known.contains('|') {
            return known.to_owned();
        }
        let name = resource.text("name");
        let made = match resource.kind.as_str() {
            "azurerm_network_security_group" => path("Microsoft.Network/networkSecurityGroups", &[name]),
            "azurerm_virtual_network" => path("Microsoft.Network/virtualNetworks", &[name]),
            "azurerm_network_interface" => path("Microsoft.Network/networkInterfaces", &[name]),
            "azurerm_route_table" => path("Microsoft.Network/routeTables", &[name]),
            "azurerm_application_security_group" => {
                path("Microsoft.Network/applicationSecurityGroups", &[name])
            }
            "azurerm_subnet" => {
                let network = self.name_of(resource, "virtual_network_name", "azurerm_virtual_network");
                path("Microsoft.Network/virtualNetworks/subnets", &[network.as_str(), name])
            }
            _ => None,
        };
        match made {
            Some(made) if name != AFTER_APPLY && !made.contains(AFTER_APPLY) => {
                let group = resource.text("resource_group_name");
                let known = !group.is_empty() && group != AFTER_APPLY;
                if known { self.whole(group, &made) } else { made }
            }
            _ => format!("[id of {}]", resource.address),
        }
    }

    /// The id of a resource in a resource group, with the subscription where other ids tell it.
    fn whole(&self, group: &str, made: &str) -> String {
        let subscriptions = self.groups.get(&group.to_ascii_lowercase());
        let only = subscriptions.filter(|all| all.len() == 1).and_then(|all| all.first());
        let root = only.map(|subscription| format!("/subscriptions/{subscription}")).unwrap_or_default();
        format!("{root}/resourceGroups/{group}{made}")
    }

    /// A name that a resource gives of another, if only in the configuration.
    pub fn name_of(&self, resource: &Resource, key: &str, kind: &str) -> String {
        let text = resource.text(key);
        if !text.is_empty() && text != AFTER_APPLY {
            return text.to_owned();
        }
        self.meant(resource, key, kind).map_or(AFTER_APPLY, |other| other.text("name")).to_owned()
    }

    /// The id that a resource gives of another, if only in the configuration; else one that no resource has.
    pub fn id_of(&self, resource: &Resource, key: &str, kind: &str) -> String {
        let text = resource.text(key);
        if !text.is_empty() && text != AFTER_APPLY {
            return text.to_owned();
        }
        let meant = self.meant(resource, key, kind);
        meant.map_or_else(|| format!("[{key} of {}]", resource.address), |other| other.id.clone())
    }

    /// The resource that the configuration names there, where it is exactly one.
    pub fn meant(&self, resource: &Resource, key: &str, kind: &str) -> Option<&Resource> {
        let meant = self.meant.get(&(without_indices(&resource.address), key.to_owned()))?;
        let (place, is_only) = meant.get(kind)?;
        self.resources.get(*place).filter(|_| *is_only)
    }

    /// Whether the configuration says something of a key.
    pub fn configures(&self, resource: &Resource, key: &str) -> bool {
        self.named.contains_key(&(without_indices(&resource.address), key.to_owned()))
    }
}

/// `azurerm_subnet.app["x"]` without its index.
fn without_indices(address: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::new();
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    out
}

/// Puts [`AFTER_APPLY`] where a value is known only after apply.
fn overlay(value: &mut Value, unknown: &Value, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    match (value, unknown) {
        (value, Value::Bool(true)) => *value = Value::String(AFTER_APPLY.to_owned()),
        (Value::Object(map), Value::Object(unknown)) => {
            for (key, unknown) in unknown {
                overlay(map.entry(key.clone()).or_insert(Value::Null), unknown, depth + 1);
            }
        }
        (Value::Array(list), Value::Array(unknown)) => {
            for (at, unknown) in unknown.iter().enumerate() {
                if at >= list.len() {
                    list.push(Value::Null);
                }
                if let Some(item) = list.get_mut(at) {
                    overlay(item, unknown, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// The subscriptions and resource groups of all ids in a value.
fn gather(value: &Value, groups: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => {
            let id = ResourceId(text.to_ascii_lowercase());
            if let (Some(subscription), Some(group)) =
                (id.segment("subscriptions"), id.segment("resourcegroups"))
            {
                groups.entry(group.to_owned()).or_default().insert(subscription.to_owned());
            }
        }
        Value::Object(map) => map.values().for_each(|value| gather(value, groups)),
        Value::Array(list) => list.iter().for_each(|value| gather(value, groups)),
        _ => {}
    }
}
