//! The table of what services need, as types.
//!
//! `table.txt` is the table: whoever changes a fact changes it there, with the page that says so. A line that could not
//! be read is none of the table's; a test says that there is no such line.

use azflow_core::model::{Direction, PortRange, Prefix, Protocol};
use std::sync::OnceLock;

static TEXT: &str = include_str!("table.txt");

/// An Azure service, or a role of machines, whose needs are documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Application Gateway, Standard_v2 and WAF_v2.
    ApplicationGatewayV2,
    /// Application Gateway, Standard and WAF.
    ApplicationGatewayV1,
    /// API Management of the classic tiers, injected into a subnet.
    ApiManagement,
    /// API Management Premium v2, injected into a subnet.
    ApiManagementV2,
    /// Azure Bastion.
    Bastion,
    /// SQL Managed Instance.
    ManagedInstance,
    /// Nodes of Azure Kubernetes Service.
    Aks,
    /// The subnet of an AKS cluster's API server.
    AksApiServer,
    /// Azure Databricks, injected into two subnets.
    Databricks,
    /// HDInsight clusters.
    HdInsight,
    /// Container Apps environments.
    ContainerApps,
    /// App Service Environment v3.
    AppServiceEnvironmentV3,
    /// App Service Environment v2.
    AppServiceEnvironmentV2,
    /// Azure Cache for Redis, injected into a subnet.
    Redis,
    /// Azure NetApp Files.
    NetAppFiles,
    /// Pools of Azure Batch.
    Batch,
    /// Compute of Azure Machine Learning.
    MachineLearning,
    /// Azure Route Server.
    RouteServer,
    /// VPN and ExpressRoute gateways.
    Gateway,
    /// Azure Firewall.
    Firewall,
    /// Private endpoints of any service.
    PrivateEndpoints,
    /// Domain controllers of Active Directory.
    DomainController,
    /// Machines with Windows whose routes lead elsewhere.
    WindowsActivation,
}

impl Service {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 23] = [
        Self::ApplicationGatewayV2,
        Self::ApplicationGatewayV1,
        Self::ApiManagement,
        Self::ApiManagementV2,
        Self::Bastion,
        Self::ManagedInstance,
        Self::Aks,
        Self::AksApiServer,
        Self::Databricks,
        Self::HdInsight,
        Self::ContainerApps,
        Self::AppServiceEnvironmentV3,
        Self::AppServiceEnvironmentV2,
        Self::Redis,
        Self::NetAppFiles,
        Self::Batch,
        Self::MachineLearning,
        Self::RouteServer,
        Self::Gateway,
        Self::Firewall,
        Self::PrivateEndpoints,
        Self::DomainController,
        Self::WindowsActivation,
    ];

    /// The word used in documents and in the table.
    pub fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// The name that people know.
    pub fn name(self) -> &'static str {
        self.texts().1
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::ApplicationGatewayV2 => ("application-gateway-v2", "Application Gateway v2"),
            Self::ApplicationGatewayV1 => ("application-gateway-v1", "Application Gateway v1"),
            Self::ApiManagement => ("api-management", "API Management (classic tiers)"),
            Self::ApiManagementV2 => ("api-management-v2", "API Management Premium v2"),
            Self::Bastion => ("bastion", "Azure Bastion"),
            Self::ManagedInstance => ("managed-instance", "SQL Managed Instance"),
            Self::Aks => ("aks", "Azure Kubernetes Service (nodes)"),
            Self::AksApiServer => ("aks-api-server", "Azure Kubernetes Service (API server)"),
            Self::Databricks => ("databricks", "Azure Databricks"),
            Self::HdInsight => ("hdinsight", "HDInsight"),
            Self::ContainerApps => ("container-apps", "Container Apps"),
            Self::AppServiceEnvironmentV3 => ("app-service-environment-v3", "App Service Environment v3"),
            Self::AppServiceEnvironmentV2 => ("app-service-environment-v2", "App Service Environment v2"),
            Self::Redis => ("redis", "Azure Cache for Redis (injected)"),
            Self::NetAppFiles => ("netapp-files", "Azure NetApp Files"),
            Self::Batch => ("batch", "Azure Batch"),
            Self::MachineLearning => ("machine-learning", "Azure Machine Learning"),
            Self::RouteServer => ("route-server", "Azure Route Server"),
            Self::Gateway => ("gateway", "VPN and ExpressRoute gateways"),
            Self::Firewall => ("firewall", "Azure Firewall"),
            Self::PrivateEndpoints => ("private-endpoints", "Private endpoints"),
            Self::DomainController => ("domain-controller", "Domain controllers"),
            Self::WindowsActivation => ("windows-activation", "Windows activation"),
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == word)
    }
}

/// A page of Microsoft's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// What other lines call it.
    pub(super) key: &'static str,
    /// The date that the page bears; where it bears none, `read` and the day on which it was.
    pub date: &'static str,
    /// Its address.
    pub address: &'static str,
    /// Its title.
    pub title: &'static str,
}

/// Which regions of a service a tag means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regions {
    /// The tag as it stands.
    AsWritten,
    /// That of the service's own region.
    Own,
    /// All, and single ones serve as well.
    Any,
}

/// An end of a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Any address.
    Any,
    /// The service's own subnet.
    Subnet,
    /// Whoever uses the service, from the virtual network.
    Clients,
    /// Whoever uses the service, from the Internet or addresses of one's choice.
    Users,
    /// A service tag.
    Tag(&'static str, Regions),
    /// Single addresses.
    Addresses(Vec<Prefix>),
}

/// What becomes of a service whose need a group does not serve, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Azure refuses the group.
    Refused,
    /// The service does not work.
    Breaks,
    /// Something that not everybody uses does not work.
    Recommended,
}

impl Severity {
    /// The word used in documents and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Breaks => "breaks",
            Self::Recommended => "recommended",
        }
    }
}

/// Traffic that a service needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The service.
    pub service: Service,
    /// Which way the connection is begun, as seen from the service's subnet.
    pub direction: Direction,
    /// Where connections come from.
    pub source: End,
    /// Where they go to.
    pub destination: End,
    /// The protocol; `None` is any.
    pub protocol: Option<Protocol>,
    /// Destination ports.
    pub ports: Vec<PortRange>,
    /// What becomes of the service without it.
    pub severity: Severity,
    /// The pages that say so, the one with the ports first.
    pub pages: Vec<Page>,
    /// Where alone it is a need; empty for everywhere.
    pub only_where: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

/// What becomes of any group at the subnet of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupFate {
    /// The service.
    pub service: Service,
    /// Refused, or it breaks the service; `None`: it has no effect, or not on everything.
    pub severity: Option<Severity>,
    /// The page that says so.
    pub page: Page,
    /// What becomes of it.
    pub sentence: &'static str,
}

/// How Azure refuses a group without a service's needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The service.
    pub service: Service,
    /// The page that says so.
    pub page: Page,
    /// The error, or what happens.
    pub sentence: &'static str,
}

/// Rules that a service writes into the group at its subnet by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Managed {
    /// The service.
    pub service: Service,
    /// What their names begin with.
    pub prefix: &'static str,
    /// Whether they may be removed or changed.
    pub may_go: bool,
    /// The page that says so.
    pub page: Page,
    /// What they are for.
    pub purpose: &'static str,
}

/// What names a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// The service.
    pub service: Service,
    /// What a subnet is delegated to, a subnet's name, the type of a resource, or a service tag.
    pub word: &'static str,
    /// The port that a rule with the tag must name.
    pub port: u16,
}

/// The whole table.
#[derive(Debug, Default)]
pub struct Table {
    pub(super) pages: Vec<Page>,
    pub(super) delegated: Vec<Sign>,
    pub(super) subnets: Vec<Sign>,
    pub(super) resources: Vec<Sign>,
    pub(super) tags: Vec<Sign>,
    pub(super) groups: Vec<GroupFate>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) managed: Vec<Managed>,
    pub(super) needs: Vec<Need>,
    pub(super) unread: Vec<&'static str>,
}

/// The table.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::read(TEXT))
}

/// Every need, in the order of the table.
pub fn needs() -> &'static [Need] {
    &table().needs
}

/// How Azure refuses a group that lacks a need of the severity [`Severity::Refused`].
pub fn refusal(service: Service) -> Option<&'static Refusal> {
    table().refusals.iter().find(|refusal| refusal.service == service)
}

/// What becomes of any group at the service's subnet, where that is documented.
pub fn group_fate(service: Service) -> Option<&'static GroupFate> {
    table().groups.iter().find(|fate| fate.service == service)
}

/// The service that writes a rule of this name by itself.
pub fn managed_rule(name: &str) -> Option<&'static Managed> {
    let begins = |prefix: &str| name.get(..prefix.len()).is_some_and(|own| own.eq_ignore_ascii_case(prefix));
    table().managed.iter().find(|managed| begins(managed.prefix))
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let fields: Vec<&'static str> = line.split('|').map(str::trim).collect();
            if table.line(&fields).is_none() {
                table.unread.push(line);
            }
        }
        table
    }

    fn line(&mut self, fields: &[&'static str]) -> Option<()> {
        match fields {
            ["page", key, date, address, title] => self.pages.push(Page { key, date, address, title }),
            ["delegated", service, word] => self.delegated.push(sign(service, word, "0")?),
            ["subnet", service, word] => self.subnets.push(sign(service, word, "0")?),
            ["resource", service, word] => self.resources.push(sign(service, word, "0")?),
            ["tag", service, word, port] => self.tags.push(sign(service, word, port)?),
            ["group", service, what, page, sentence] => {
                let severity = if *what == "without-effect" { None } else { Some(severity(what)?) };
                let (service, page) = (Service::of(service)?, self.page(page)?);
                self.groups.push(GroupFate { service, severity, page, sentence });
            }
            ["refuses", service, page, sentence] => {
                let (service, page) = (Service::of(service)?, self.page(page)?);
                self.refusals.push(Refusal { service, page, sentence });
            }
            ["managed", service, prefix, what, page, purpose] => {
                let may_go = match *what {
                    "may-go" => true,
                    "stays" => false,
                    _ => return None,
                };
                let (service, page) = (Service::of(service)?, self.page(page)?);
                self.managed.push(Managed { service, prefix, may_go, page, purpose });
            }
            ["need", service, way, from, to, protocol, ports, weight, pages, only_where, purpose] => {
                let need = Need {
                    service: Service::of(service)?,
                    direction: match *way {
                        "in" => Direction::Inbound,
                        "out" => Direction::Outbound,
                        _ => return None,
                    },
                    source: end(from)?,
                    destination: end(to)?,
                    protocol: match *protocol {
                        "any" => None,
                        "tcp" => Some(Protocol::TCP),
                        "udp" => Some(Protocol::UDP),
                        "icmp" => Some(Protocol::ICMP),
                        _ => return None,
                    },
                    ports: ports.split(',').map(range).collect::<Option<_>>()?,
                    severity: severity(weight)?,
                    pages: pages.split(',').map(|key| self.page(key)).collect::<Option<_>>()?,
                    only_where,
                    purpose,
                };
                self.needs.push(need);
            }
            _ => return None,
        }
        Some(())
    }

    fn page(&self, key: &str) -> Option<Page> {
        self.pages.iter().find(|page| page.key == key).copied()
    }
}

fn sign(service: &str, word: &'static str, port: &str) -> Option<Sign> {
    Some(Sign { service: Service::of(service)?, word, port: port.parse().ok()? })
}

fn severity(word: &str) -> Option<Severity> {
    [Severity::Refused, Severity::Breaks, Severity::Recommended].into_iter().find(|one| one.as_str() == word)
}

fn end(word: &'static str) -> Option<End> {
    Some(match word {
        "any" => End::Any,
        "subnet" => End::Subnet,
        "clients" => End::Clients,
        "users" => End::Users,
        _ if word.starts_with(|c: char| c.is_ascii_digit()) => {
            End::Addresses(word.split(',').map(Prefix::parse).collect::<Option<_>>()?)
        }
        _ => match (word.strip_suffix(".<region>"), word.strip_suffix(".*")) {
            (Some(tag), _) => End::Tag(tag, Regions::Own),
            (None, Some(tag)) => End::Tag(tag, Regions::Any),
            (None, None) => End::Tag(word, Regions::AsWritten),
        },
    })
}

fn range(text: &str) -> Option<PortRange> {
    if text == "*" {
        return Some(PortRange::ALL);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = PortRange { first: first.parse().ok()?, last: last.parse().ok()? };
    (range.first <= range.last).then_some(range)
}
