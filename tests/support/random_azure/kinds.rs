//! What may be odd about a random network.

/// One oddity. A random network has some of those that it may have, so that they also meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Two networks share their space.
    Overlap,
    /// Networks, subnets and groups of two resource groups have the same names.
    SameNames,
    /// Both families.
    DualStack,
    /// Rules with `0.0.0.0/0` and `::/0`.
    OneFamily,
    /// A network with public addresses inside.
    PublicSpace,
    /// Peerings, connected and in sync.
    Peerings,
    /// Peerings that are not connected, or without access.
    PeeringStates,
    /// Peerings whose state is not said or not understood.
    DoubtfulPeerings,
    /// Peerings whose remote network has grown or shrunk since.
    Unsynced,
    /// Peerings that do not say what is peered.
    PeeringWithoutSpace,
    /// Peerings of chosen subnets.
    SubnetPeerings,
    /// Route tables, all on file.
    Routes,
    /// Routes to service tags.
    RouteTags,
    /// Route tables that no file has.
    MissingTables,
    /// Gateways to on-premises space.
    Gateways,
    /// Groups that no file has.
    MissingGroups,
    /// Groups at NICs.
    NicGroups,
    /// NICs that no file has, named by groups and subnets.
    MissingNics,
    /// Subnets that no file has, named by groups and NICs.
    MissingSubnets,
    /// Only the group says where it is attached.
    OnlyGroupsSay,
    /// A NIC whose address is in none of its subnet's prefixes.
    NicOutside,
    /// Application security groups.
    Members,
    /// Application security groups, asked about public addresses of networks and those of the platform, too.
    MembersAnywhere,
    /// Service tags in rules.
    Tags,
    /// A service tag file.
    TagFile,
    /// Tags by their classic names.
    ClassicTags,
    /// Private endpoints.
    Endpoints,
    /// Private endpoints that subnets name and whose NICs no file has.
    MissingEndpoints,
    /// Rules with a part that is not understood or not there.
    OddRules,
    /// Rules that PowerShell cut off.
    CutRules,
    /// Rules for certain source ports.
    SourcePorts,
    /// Rules of one direction and priority.
    Ties,
    /// Probes of load balancers.
    Probes,
    /// Flows to the platform's own services, and rules that name them.
    Platform,
    /// The virtual machine agent's flows to the platform.
    Agent,
    /// The shapes of ARM and PowerShell.
    Shapes,
}

impl Kind {
    pub const ALL: [Self; 36] = [
        Self::Overlap,
        Self::SameNames,
        Self::DualStack,
        Self::OneFamily,
        Self::PublicSpace,
        Self::Peerings,
        Self::PeeringStates,
        Self::DoubtfulPeerings,
        Self::Unsynced,
        Self::PeeringWithoutSpace,
        Self::SubnetPeerings,
        Self::Routes,
        Self::RouteTags,
        Self::MissingTables,
        Self::Gateways,
        Self::MissingGroups,
        Self::NicGroups,
        Self::MissingNics,
        Self::MissingSubnets,
        Self::OnlyGroupsSay,
        Self::NicOutside,
        Self::Members,
        Self::MembersAnywhere,
        Self::Tags,
        Self::TagFile,
        Self::ClassicTags,
        Self::Endpoints,
        Self::MissingEndpoints,
        Self::OddRules,
        Self::CutRules,
        Self::SourcePorts,
        Self::Ties,
        Self::Probes,
        Self::Platform,
        Self::Agent,
        Self::Shapes,
    ];
}
