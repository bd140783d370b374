"""Ports that options name: known to be free before anything is loaded."""

import socket

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.ports import check_ports

EVERY = [("serve", "--port"), ("serve", "--gateway-port"), ("serve", "--admin-port"), ("demo", "--port"),
         ("dynamodb", "--port")]  # fmt: skip


@pytest.mark.parametrize(("command", "option"), EVERY)
def test_a_port_in_use_is_refused_by_its_options_name(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, as for any word that is off."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main([command, option, str(port)])
    assert ended.value.code == 2
    assert f"{option} {port}: Address already in use; stop that program" in capsys.readouterr().err


def test_two_servers_of_one_port_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Only any port, 0, may be named twice."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "8399", "--admin-port", "8399"])
    assert ended.value.code == 2
    assert "--port and --admin-port are both 8399" in capsys.readouterr().err
    check_ports(("--port", 0), ("--admin-port", 0))
