//! The story: who has a NIC, who talks to whom, and which rule decides.
//!
//! A hub (gateway, firewall, management, DNS), an application network and a data network, peered;
//! an office behind the gateway. Everything between subnets is allowed by default. To be found:
//! a web server that still mounts an old file share, a scanner in the office, and a rule that
//! lets the Internet reach Remote Desktop.

/// Which log a NIC's traffic is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    NsgV1,
    NsgV2,
    Vnet,
}

/// A network interface that logs.
#[derive(Debug)]
pub(super) struct Nic {
    pub(super) address: &'static str,
    pub(super) mac: &'static str,
    pub(super) nsg: &'static str,
    pub(super) network: &'static str,
    pub(super) format: Format,
}

const fn nic(
    address: &'static str,
    mac: &'static str,
    nsg: &'static str,
    network: &'static str,
    format: Format,
) -> Nic {
    Nic { address, mac, nsg, network, format }
}

pub(super) const NICS: [Nic; 13] = [
    nic("10.0.2.4", "6045BD0A0204", "NSG-MGMT", "vnet-hub", Format::Vnet),
    nic("10.0.3.4", "6045BD0A0304", "NSG-DNS", "vnet-hub", Format::Vnet),
    nic("10.10.1.4", "000D3A0A0104", "NSG-AGW", "vnet-app", Format::NsgV2),
    nic("10.10.2.4", "000D3A0A0204", "NSG-WEB", "vnet-app", Format::NsgV2),
    nic("10.10.2.5", "000D3A0A0205", "NSG-WEB", "vnet-app", Format::NsgV2),
    nic("10.10.2.9", "000D3A0A0209", "NSG-WEB-OLD", "vnet-app", Format::NsgV1),
    nic("10.10.3.4", "000D3A0A0304", "NSG-API", "vnet-app", Format::NsgV2),
    nic("10.10.3.5", "000D3A0A0305", "NSG-API", "vnet-app", Format::NsgV2),
    nic("10.10.4.4", "000D3A0A0404", "NSG-JOBS", "vnet-app", Format::NsgV2),
    nic("10.20.1.4", "002248140104", "NSG-SQL", "vnet-data", Format::Vnet),
    nic("10.20.1.5", "002248140105", "NSG-SQL", "vnet-data", Format::Vnet),
    nic("10.20.2.4", "002248140204", "NSG-FILES", "vnet-data", Format::Vnet),
    nic("10.20.3.4", "002248140304", "NSG-BACKUP", "vnet-data", Format::Vnet),
];

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Follows the working day.
    Office,
    /// Between these hours.
    Hours(u32, u32),
}

/// Who begins a connection, or whom it is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    One(&'static str),
    /// Any address below this prefix, given as its first octets.
    Any(&'static str),
    /// Some address of the Internet.
    Internet,
    /// Some address of the Internet that nobody has business with.
    Stranger,
}

/// One reason to talk.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) from: End,
    pub(super) to: End,
    pub(super) protocol: u8,
    /// 0: any port, as a scanner tries them.
    pub(super) port: u16,
    /// Flows in a thousand minutes.
    pub(super) per_mille: u64,
    /// Bytes there and back of one flow, about.
    pub(super) bytes: (u64, u64),
    pub(super) when: When,
    /// The rule that lets it leave its source.
    pub(super) out_rule: &'static str,
    /// The rule that decides at its destination, and whether it allows.
    pub(super) in_rule: &'static str,
    pub(super) allowed: bool,
}

const VNET_OUT: &str = "DefaultRule_AllowVnetOutBound";
const VNET_IN: &str = "DefaultRule_AllowVnetInBound";
const NET_OUT: &str = "DefaultRule_AllowInternetOutBound";
const DENY_IN: &str = "DefaultRule_DenyAllInBound";

const fn link(
    from: End,
    to: End,
    port: u16,
    per_mille: u64,
    bytes: (u64, u64),
    when: When,
    in_rule: &'static str,
) -> Link {
    Link { from, to, protocol: 6, port, per_mille, bytes, when, out_rule: VNET_OUT, in_rule, allowed: true }
}

const fn denied(from: End, to: End, port: u16, per_mille: u64, when: When, in_rule: &'static str) -> Link {
    Link { allowed: false, ..link(from, to, port, per_mille, (0, 0), when, in_rule) }
}

const fn udp(link: Link) -> Link {
    Link { protocol: 17, ..link }
}

const fn outward(from: End, port: u16, per_mille: u64, bytes: (u64, u64)) -> Link {
    Link { out_rule: NET_OUT, ..link(from, Internet, port, per_mille, bytes, Always, "") }
}

use End::{Any, Internet, One, Stranger};
use When::{Always, Hours, Office};

pub(super) const LINKS: [Link; 41] = [
    // The shop: Internet → gateway → web → API → database.
    link(Internet, One("10.10.1.4"), 443, 9000, (2_100, 38_000), Office, "UserRule_Allow_Internet_HTTPS"),
    link(
        One("10.10.1.4"),
        One("10.10.2.4"),
        8080,
        4200,
        (1_900, 36_000),
        Office,
        "UserRule_Allow_AppGateway_8080",
    ),
    link(
        One("10.10.1.4"),
        One("10.10.2.5"),
        8080,
        4300,
        (1_900, 36_000),
        Office,
        "UserRule_Allow_AppGateway_8080",
    ),
    link(One("10.10.2.4"), One("10.10.3.4"), 8443, 3600, (1_400, 9_000), Office, "UserRule_Allow_Web_8443"),
    link(One("10.10.2.5"), One("10.10.3.5"), 8443, 3500, (1_400, 9_000), Office, "UserRule_Allow_Web_8443"),
    link(One("10.10.3.4"), One("10.20.1.4"), 1433, 2600, (3_800, 52_000), Office, VNET_IN),
    link(One("10.10.3.5"), One("10.20.1.4"), 1433, 2500, (3_800, 52_000), Office, VNET_IN),
    // Nightly jobs and backups.
    link(One("10.10.4.4"), One("10.20.1.4"), 1433, 2200, (61_000, 900_000), Hours(1, 4), VNET_IN),
    link(One("10.10.4.4"), One("10.20.2.4"), 445, 900, (420_000, 61_000), Hours(1, 4), VNET_IN),
    link(One("10.20.3.4"), One("10.20.1.4"), 1433, 500, (9_000, 8_400_000), Hours(22, 24), VNET_IN),
    link(One("10.20.3.4"), One("10.20.2.4"), 445, 700, (8_000, 6_100_000), Hours(22, 24), VNET_IN),
    link(One("10.20.1.4"), One("10.20.1.5"), 5022, 1000, (180_000, 4_000), Always, VNET_IN),
    // The legacy share: one web server still mounts it.
    link(One("10.10.2.9"), One("10.20.2.4"), 445, 60, (31_000, 250_000), Office, VNET_IN),
    // Names and time.
    udp(link(Any("10.10.2"), One("10.0.3.4"), 53, 2600, (82, 190), Office, VNET_IN)),
    udp(link(One("10.10.3.4"), One("10.0.3.4"), 53, 1300, (82, 190), Office, VNET_IN)),
    udp(link(One("10.10.3.5"), One("10.0.3.4"), 53, 1300, (82, 190), Office, VNET_IN)),
    udp(link(One("10.10.4.4"), One("10.0.3.4"), 53, 240, (82, 190), Always, VNET_IN)),
    udp(link(One("10.20.1.4"), One("10.0.3.4"), 53, 160, (82, 190), Always, VNET_IN)),
    udp(link(One("10.20.2.4"), One("10.0.3.4"), 53, 120, (82, 190), Always, VNET_IN)),
    udp(outward(One("10.0.3.4"), 53, 600, (82, 240))),
    // Management, from the office by way of the jump host.
    link(
        Any("192.168.10"),
        One("10.0.2.4"),
        3389,
        50,
        (91_000, 1_900_000),
        Office,
        "UserRule_Allow_Office_RDP",
    ),
    link(One("10.0.2.4"), One("10.10.2.4"), 22, 40, (21_000, 96_000), Office, "UserRule_Allow_Mgmt_SSH"),
    link(One("10.0.2.4"), One("10.10.2.5"), 22, 40, (21_000, 96_000), Office, "UserRule_Allow_Mgmt_SSH"),
    link(One("10.0.2.4"), One("10.10.3.4"), 22, 30, (21_000, 96_000), Office, VNET_IN),
    link(One("10.0.2.4"), One("10.20.1.4"), 1433, 25, (8_000, 240_000), Office, VNET_IN),
    link(Any("192.168.10"), One("10.20.2.4"), 445, 90, (60_000, 310_000), Office, VNET_IN),
    // Azure and the Internet.
    outward(One("10.10.3.4"), 443, 700, (3_100, 14_000)),
    outward(One("10.10.3.5"), 443, 700, (3_100, 14_000)),
    outward(One("10.10.4.4"), 443, 150, (5_100, 99_000)),
    outward(One("10.20.3.4"), 443, 300, (3_900_000, 21_000)),
    // The forgotten rule: Remote Desktop open to the Internet on the old web server.
    link(Internet, One("10.10.2.9"), 3389, 45, (14_000, 21_000), Hours(2, 6), "UserRule_Temp_RDP_Any"),
    link(
        One("10.10.1.4"),
        One("10.10.2.9"),
        8080,
        120,
        (1_900, 36_000),
        Office,
        "UserRule_Allow_AppGateway_8080",
    ),
    // Denied: the API tries a database that is no longer its own.
    denied(One("10.10.3.4"), One("10.20.1.5"), 1433, 330, Always, "UserRule_Deny_App_to_Standby"),
    denied(One("10.10.3.5"), One("10.20.1.5"), 1433, 320, Always, "UserRule_Deny_App_to_Standby"),
    // The scanner in the office.
    denied(One("192.168.10.99"), Any("10.20.1"), 0, 9000, Hours(13, 15), "UserRule_Deny_Office"),
    denied(One("192.168.10.99"), One("10.10.3.4"), 0, 6000, Hours(13, 15), "UserRule_Deny_Office"),
    denied(One("192.168.10.99"), One("10.0.2.4"), 0, 6000, Hours(13, 15), DENY_IN),
    // The weather of the Internet.
    denied(Stranger, One("10.10.1.4"), 0, 1500, Always, DENY_IN),
    denied(Stranger, One("10.10.2.9"), 0, 1200, Always, DENY_IN),
    denied(Stranger, One("10.0.2.4"), 3389, 500, Always, DENY_IN),
    denied(Stranger, One("10.10.2.4"), 22, 400, Always, DENY_IN),
];
