//! Names of service tags, so that a word which is none is not taken for one.
//!
//! A tag's addresses are public, and a word that is no tag may mean anything. The names are those of Microsoft's page of
//! service tags; a loaded tag file knows more.

/// Names in lower case, sorted, without regions and parts.
const SERVICES: &[&str] = &[
    "actiongroup",
    "apimanagement",
    "appconfiguration",
    "applicationinsightsavailability",
    "appservice",
    "appservicemanagement",
    "autonomousdevelopmentplatform",
    "azureactivedirectory",
    "azureactivedirectorydomainservices",
    "azureadvancedthreatprotection",
    "azurearcinfrastructure",
    "azureattestation",
    "azurebackup",
    "azurebotservice",
    "azurecloud",
    "azurecognitivesearch",
    "azureconnectors",
    "azurecontainerappsservice",
    "azurecontainerregistry",
    "azurecosmosdb",
    "azuredatabricks",
    "azuredataexplorermanagement",
    "azuredatalake",
    "azuredeviceupdate",
    "azuredevops",
    "azuredevspaces",
    "azuredigitaltwins",
    "azureeventgrid",
    "azurefrontdoor",
    "azurehealthcareapis",
    "azureinformationprotection",
    "azureiothub",
    "azurekeyvault",
    "azuremachinelearning",
    "azuremachinelearninginference",
    "azuremanagedgrafana",
    "azuremonitor",
    "azuremonitorforsap",
    "azureopendatasets",
    "azurepolicy",
    "azureportal",
    "azureresourcemanager",
    "azuresecuritycenter",
    "azuresentinel",
    "azureservicebus",
    "azuresignalr",
    "azuresiterecovery",
    "azuresphere",
    "azurespringcloud",
    "azuresql",
    "azurestack",
    "azuretrafficmanager",
    "azureupdatedelivery",
    "azurevideoanalyzerformedia",
    "azurevmwaresolution",
    "azurewebpubsub",
    "azurewindowsadmincenter",
    "batchnodemanagement",
    "chaosstudio",
    "cognitiveservicesfrontend",
    "cognitiveservicesmanagement",
    "corpnetpublic",
    "corpnetsaw",
    "datafactory",
    "datafactorymanagement",
    "dynamics365businesscentral",
    "dynamics365formarketingemail",
    "dynamicscrm",
    "eopexternalpublishedips",
    "eventhub",
    "gatewaymanager",
    "genevaaction",
    "guestandhybridmanagement",
    "hdinsight",
    "intune",
    "kustoanalytics",
    "logicapps",
    "logicappsmanagement",
    "m365managementactivityapi",
    "m365managementactivityapiwebhook",
    "marketplace",
    "microsoftazurefluidrelay",
    "microsoftcloudappsecurity",
    "microsoftcontainerregistry",
    "microsoftdefenderforendpoint",
    "microsoftpurviewpolicydistribution",
    "onedscollector",
    "powerbi",
    "powerplatforminfra",
    "powerplatformplex",
    "powerqueryonline",
    "sccservice",
    "scuba",
    "securitycopilot",
    "serialconsole",
    "servicebus",
    "servicefabric",
    "sql",
    "sqlmanagement",
    "storage",
    "storagemover",
    "storagesyncservice",
    "trafficmanager",
    "videoindexer",
    "virtualdesktop",
    "windowsadmincenter",
    "windowsvirtualdesktop",
];

/// Whether a word names a service tag, of a region or a part of the service, too: `Storage.WestEurope`,
/// `AzureFrontDoor.Backend`.
pub fn is_service_tag(word: &str) -> bool {
    let service = word.split('.').next().unwrap_or_default().to_ascii_lowercase();
    SERVICES.binary_search(&service.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_with_and_without_region() {
        assert!(SERVICES.is_sorted());
        assert!(
            is_service_tag("Storage.WestEurope") && is_service_tag("azurecloud") && is_service_tag("Sql")
        );
        assert!(!is_service_tag("VIRTUAL_NETWORKS") && !is_service_tag("Strage") && !is_service_tag(""));
    }
}
