"""Parses calls of az, given as a JSON list of argument lists, with azure-cli itself; prints command and values."""
import json, sys
from azure.cli.core import get_default_cli
from azure.cli.core.aaz._command_ctx import AAZCommandCtx
from azure.cli.core.commands.events import EVENT_INVOKER_PRE_LOAD_ARGUMENTS
from knack.events import EVENT_INVOKER_POST_CMD_TBL_CREATE
cli = get_default_cli()
out = []
for args in json.load(open(sys.argv[1])):
    inv = cli.invocation_cls(cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls)
    cli.invocation = inv
    loader = inv.commands_loader
    loader.load_command_table(args)
    command = inv._rudimentary_get_command(args)
    inv.data['command_string'] = command
    # These add what every command takes: --subscription, and --ids where a resource is named.
    cli.raise_event(EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)
    loader.load_arguments(command)
    cli.raise_event(EVENT_INVOKER_POST_CMD_TBL_CREATE, commands_loader=loader)
    inv.parser.load_command_table(loader)
    ns = inv.parser.parse_args(args)
    given = {k: v for k, v in vars(ns).items() if not k.startswith('_') and k not in ('func', 'command')}
    ctx = AAZCommandCtx(cli_ctx=cli, schema=ns.func.get_arguments_schema(), command_args=given)
    out.append([command, ctx.args.to_serialized_data()])
print(json.dumps(out))
