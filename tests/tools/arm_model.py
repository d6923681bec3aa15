"""Checks network security groups in ARM templates, given as a JSON list, against the models of azure-mgmt-network."""
import json
import sys

from azure.mgmt.network import models


def fields(model):
    model()  # fields are gathered as the first one is made
    return {field._rest_name: name for name, field in model._attr_to_rest_field.items()}


def check(model, value, where):
    known = fields(model)
    unknown = set(value) - set(known)
    assert not unknown, f"{where}: {model.__name__} has no {unknown}"
    read = model(value)
    assert read.as_dict() == value, f"{where}: reads as {read.as_dict()}"


def one_of(enum, value, where):
    assert value in [member.value for member in enum], f"{where}: {value} is not in {enum.__name__}"


count = 0
for template in json.load(open(sys.argv[1], encoding="utf-8")):
    for resource in template["resources"]:
        where = resource["name"]
        own = {key: value for key, value in resource.items() if key not in ("apiVersion", "comments")}
        check(models.NetworkSecurityGroup, own, where)
        check(models.NetworkSecurityGroupPropertiesFormat, resource["properties"], where)
        for rule in resource["properties"]["securityRules"]:
            where = rule["name"]
            check(models.SecurityRule, rule, where)
            properties = rule["properties"]
            check(models.SecurityRulePropertiesFormat, properties, where)
            for key in ("protocol", "access", "priority", "direction"):
                assert key in properties, f"{where}: lacks {key}"
            one_of(models.SecurityRuleProtocol, properties["protocol"], where)
            one_of(models.SecurityRuleAccess, properties["access"], where)
            one_of(models.SecurityRuleDirection, properties["direction"], where)
            for key, value in properties.items():
                plural = key.endswith(("Prefixes", "Ranges", "Groups"))
                assert isinstance(value, list) == plural, f"{where}: {key} is {value}"
            count += 1
print(f"{count} rules fit")
