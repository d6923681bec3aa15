//! Flow logs as they are set up: `az network watcher flow-log list`.

use super::Reading;
use super::value::{Object, object};
use azflow_core::model::{FlowLog, ResourceId};

/// Reads an object if it is a flow log.
pub(super) fn read(o: &Object<'_>, out: &mut Reading) -> bool {
    let is_named = o.kind() == "microsoft.network/networkwatchers/flowlogs";
    let is_alike =
        o.has("targetresourceid") && (o.has("storageid") || o.names("retentionpolicy") || o.names("enabled"));
    let Some(target) = o.reference("targetresourceid").filter(|_| is_named || is_alike) else { return false };
    let retention = o.get("retentionpolicy").and_then(object);
    let name = o.text("name").rsplit('/').next().unwrap_or_default().to_owned();
    let id = match o.id() {
        "" => format!("{target}/flowLogs/{name}"),
        id => id.to_owned(),
    };
    let log = FlowLog {
        id: ResourceId(id),
        name,
        location: Some(o.text("location").to_owned()).filter(|location| !location.is_empty()),
        target,
        enabled: o.flag("enabled"),
        storage: o.reference("storageid"),
        retention_days: retention.and_then(|policy| {
            let days = u32::try_from(policy.number("days")?).ok()?;
            Some(if policy.flag("enabled") == Some(false) { 0 } else { days })
        }),
        record_types: o.texts(&["recordtypes"]).join(","),
        criteria: o.text("enabledfilteringcriteria").to_owned(),
    };
    out.network.put_flow_log(log);
    true
}
