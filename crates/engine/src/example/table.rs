//! A Traffic Analytics export of any size for measuring: the table of VNet flow logs with all its
//! columns, most of them empty, as the portal exports it. The traffic is that of `bulk`.

use super::bulk::{REASONS, RULES, Reason, START};
use super::random::Random;
use azflow_core::model::UnixMillis;
use std::io::{self, Write};

/// The table's columns, in the portal's order.
const COLUMNS: &str = "TenantId,TimeGenerated,SubType,FaSchemaVersion,TimeProcessed,FlowIntervalStartTime,FlowIntervalEndTime,FlowType,\
    FlowStartTime,FlowEndTime,SrcIp,DestIp,SrcPorts,DestPort,L4Protocol,L7Protocol,IsFlowCapturedAtUdrHop,FlowDirection,FlowStatus,NsgList,\
    NsgRule,NsgRuleType,MacAddress,TargetResourceId,TargetResourceType,FlowLogResourceId,SrcSubscription,DestSubscription,SrcRegion,\
    DestRegion,SrcNic,DestNic,SrcVm,DestVm,SrcSubnet,DestSubnet,SrcApplicationGateway,DestApplicationGateway,SrcLoadBalancer,\
    DestLoadBalancer,SrcLocalNetworkGateway,DestLocalNetworkGateway,SrcExpressRouteCircuit,DestExpressRouteCircuit,\
    ExpressRouteCircuitPeeringType,ConnectionType,ConnectionName,ConnectingVnets,Country,AzureRegion,FlowEncryption,AllowedInFlows,\
    DeniedInFlows,AllowedOutFlows,DeniedOutFlows,PacketsDestToSrc,PacketsSrcToDest,BytesDestToSrc,BytesSrcToDest,CompletedFlows,\
    SrcPublicIps,DestPublicIps,AclGroup,AclRule,Status,PrivateEndpointResourceId,PrivateLinkResourceId,PrivateLinkResourceName,\
    SrcServiceId,DestServiceId,SrcServiceName,DestServiceName,SrcTenantId,DestTenantId,SrcTenantName,DestTenantName,SrcEnvironment,\
    DestEnvironment,SrcCloud,DestCloud,SrcNetworkGroups,DestNetworkGroups,SrcServiceTags,DestServiceTags,SourceSystem,Type";

/// Writes so many rows under a heading; the same number always writes the same.
///
/// # Errors
/// When `out` does.
pub fn bulk_table(rows: u64, out: &mut impl Write) -> io::Result<()> {
    let columns: Vec<&str> = COLUMNS.split(',').collect();
    out.write_all(COLUMNS.as_bytes())?;
    out.write_all(b"\n")?;
    for number in 0..rows {
        let cells = cells(number);
        let line: Vec<&str> = columns
            .iter()
            .map(|column| cells.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text.as_str()))
            .collect();
        out.write_all(line.join(",").as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The cells of a row that are not empty, by column.
fn cells(number: u64) -> Vec<(&'static str, String)> {
    let mut random = Random::new(&[13, number]);
    let Reason { src, dst, port, rule } =
        Reason::new(random.below(REASONS) * random.below(REASONS) / REASONS);
    // Twelve NICs take turns; about seven thousand rows are an hour.
    let (nic, hour) = (number % 12, START + (number / 7000) as u32 * 60);
    let iso = |millis: i64| UnixMillis(millis).to_iso();
    let begin = UnixMillis::from_minute(hour).0;
    let first = begin + random.below(3_000_000) as i64;
    let last = first + random.below(500_000) as i64;
    let inbound = random.below(2) == 0;
    let allowed = rule < 6;
    let flows = 1 + random.below(9);
    let count = |here: bool| if here { flows.to_string() } else { "0".to_owned() };
    let counters = [90, 90_000, 90, 900_000].map(|most| if allowed { random.below(most) } else { 0 });
    let id = format!("00000000-0000-0000-0000-0000000000{nic:02}/rg/nsg-{nic}");
    vec![
        ("TenantId", "00000000-0000-0000-0000-000000000000".to_owned()),
        ("TimeGenerated", iso(begin + 4_000_000)),
        ("SubType", "FlowLog".to_owned()),
        ("FaSchemaVersion", "3".to_owned()),
        ("TimeProcessed", iso(begin + 3_900_000)),
        ("FlowIntervalStartTime", iso(begin)),
        ("FlowIntervalEndTime", iso(begin + 3_600_000)),
        ("FlowType", "IntraVNet".to_owned()),
        ("FlowStartTime", iso(first)),
        ("FlowEndTime", iso(last)),
        ("SrcIp", src),
        ("DestIp", dst),
        ("DestPort", port.to_string()),
        ("L4Protocol", if port == 53 { "UDP" } else { "TCP" }.to_owned()),
        ("IsFlowCapturedAtUdrHop", "false".to_owned()),
        ("FlowDirection", if inbound { "Inbound" } else { "Outbound" }.to_owned()),
        ("FlowStatus", if allowed { "Allowed" } else { "Denied" }.to_owned()),
        ("MacAddress", format!("000D3A00{nic:04X}")),
        ("TargetResourceId", id.clone()),
        ("FlowEncryption", "NX".to_owned()),
        ("AllowedInFlows", count(inbound && allowed)),
        ("DeniedInFlows", count(inbound && !allowed)),
        ("AllowedOutFlows", count(!inbound && allowed)),
        ("DeniedOutFlows", count(!inbound && !allowed)),
        ("PacketsSrcToDest", counters[0].to_string()),
        ("BytesSrcToDest", counters[1].to_string()),
        ("PacketsDestToSrc", counters[2].to_string()),
        ("BytesDestToSrc", counters[3].to_string()),
        ("AclGroup", id),
        ("AclRule", RULES[rule].to_owned()),
        ("Type", "NTANetAnalytics".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Answer, Engine, Query, SourceId};
    use azflow_core::ingest::SourceScan;

    #[test]
    fn every_row_is_understood() {
        let mut text = Vec::new();
        bulk_table(300, &mut text).unwrap();
        let mut engine = Engine::default();
        let mut scan = SourceScan::new("table.csv");
        scan.push(&text);
        engine.take_scan(SourceId(0), scan);
        let Answer::Data(data) = engine.answer(Query::Data) else { unreachable!() };
        assert_eq!(data.sources[0].kind, "traffic-analytics-vnet");
        assert_eq!(
            (data.totals.tuples, data.totals.rejected_tuples, data.totals.duplicate_tuples),
            (300, 0, 0)
        );
        assert!(data.sources[0].issues.is_empty(), "{:?}", data.sources[0].issues);
    }
}
