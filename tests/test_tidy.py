"""The few structural rules of the house, executable; each failure says the rule and its reason."""

import ast
from pathlib import Path

import pytest

from tests.house import (
    FACE,
    LAYERS,
    PACKAGES,
    ROOT,
    files_of_tests,
    home_of_tests,
    imports,
    modules,
    relative,
    sources,
    upward_imports,
    uses,
    written_imports,
)

ARROWS = {
    "gateway_sim": (),
    "trainer_pod": (),
    "control_plane": ("gateway_sim.route_table",),
    "client": ("trainer_pod.protocol",),
    "scenarios": ("gateway_sim", "trainer_pod", "control_plane", "client"),
}
"""What each package may import of the others: `scenarios` all of it, and no package `scenarios`."""
# docs/architecture.md §3

DOORS = {
    "torch": {
        "trainer_pod/engine.py", "trainer_pod/model.py", "trainer_pod/losses.py", "trainer_pod/checkpoints.py",
        "trainer_pod/adam.py", "trainer_pod/batches.py", "trainer_pod/resumable.py", "trainer_pod/tabular.py",
        "trainer_pod/preprocessing.py", "trainer_pod/sampling.py", "trainer_pod/state_files.py",
        "trainer_pod/checkpoint_metadata.py",
        "client/sdk/custom_loss.py",
        "scenarios/engines/live/drivers/train.py",
        "scenarios/orchestration/parts/dcp.py", "scenarios/orchestration/parts/torch_loader.py",
        "scenarios/orchestration/ports/checkpoints.py",
        "scenarios/orchestration/workloads/preempted_job.py",
        "scenarios/compare/port_contract/clauses/checkpoints.py",
    },
    "httpx": {"client/sdk/transport.py"},
    "aiohttp": {
        "gateway_sim/upstream.py", "scenarios/engines/live/gateways/instance.py",
        "scenarios/engines/live/gateways/taps.py", "scenarios/engines/live/pod_addresses.py",
    },
    "boto3": {"gateway_sim/route_table.py", "control_plane/data/buckets.py"},
    "moto": {"scenarios/sim/moto.py", "scenarios/engines/live/engine.py"},
    "uvicorn": {
        "scenarios/engines/live/servers.py", "scenarios/engines/guest/byte_connections.py", "trainer_pod/__main__.py",
        "trainer_pod/limited_http.py",
    },
    "deltalake": {"control_plane/data/datasets.py"},
    "pyiceberg": {"scenarios/orchestration/parts/iceberg.py"},
    "mlflow": {"scenarios/orchestration/parts/mlflow.py"},
    "dagster": {"scenarios/orchestration/parts/dagster.py", "scenarios/orchestration/parts/dagster_monitored.py"},
    "sklearn": {
        "scenarios/orchestration/workloads/ranking.py", "scenarios/orchestration/workloads/boosting.py",
    },
    "distributed": {"scenarios/run/cluster.py"},
    # a pickle runs code: the first is told which classes it may name, the second is a cluster's, which runs what it is
    # sent, the others hold events of a test that is code
    "pickle": {
        "trainer_pod/checkpoint_metadata.py", "scenarios/run/cluster.py",
        "scenarios/apps/pytest_plugin/virtual_stack.py",
        "scenarios/engines/guest/gateway_sim_guest/raced_test.py",
    },
    "subprocess": {
        "scenarios/engines/live/sdks/environments.py", "scenarios/engines/live/forkserver.py",
        "scenarios/engines/live/sdks/package_index.py", "scenarios/apps/cli/sdk_install.py",
        "scenarios/engines/live/drivers/keep.py", "scenarios/sim/scratch.py",
    },
    "threading": {
        "client/sync.py", "gateway_sim/stale_reads/client.py", "trainer_pod/__main__.py",
        "scenarios/engines/live/drivers/keep.py", "scenarios/engines/live/drivers/surface.py", "scenarios/run/pool.py",
        "scenarios/orchestration/parts/dcp.py",
    },
    "time": {
        "scenarios/run/runner.py", "scenarios/run/store.py", "scenarios/engines/live/drivers/train.py",
        "scenarios/engines/live/engine.py", "client/sdk/transport.py",
    },
}  # fmt: skip
"""The only files that may import a library which reaches outside: one door each, so that a world can close it.

torch has more than the two that docs/architecture.md §3 names: the engine's own parts (model, batches, sampling,
checkpoints), the trainers of the orchestration stories, and `forward_backward_custom`, whose loss is the user's and
runs on the user's side.
"""

TAKEN_OVER = "scenarios/engines/guest/gateway_sim_guest/"
"""The guest's half runs in a process of its own, and replaces these libraries there."""

PURE = (
    "gateway_sim/decide.py", "gateway_sim/legs.py", "gateway_sim/lag.py", "trainer_pod/ledger.py",
    "trainer_pod/lifecycle.py", "control_plane/jobs/states.py", "control_plane/data/partitions.py",
    "control_plane/models/promotion.py", "control_plane/models/online_tests.py", "control_plane/scheduling/chains.py",
    "client/sdk/failures.py", "client/verify.py", "client/sdk/profiles.py",
    "scenarios/judge/measure.py", "scenarios/judge/requests.py", "scenarios/judge/routes.py",
    "scenarios/judge/steps.py",
)  # fmt: skip
ORACLES = ("scenarios/judge", "scenarios/orchestration/promises", "scenarios/world/undisturbed.py")
"""What judges the four packages; a bug in code that it shared with them would be in the answer and in the question."""
MAY_BE_SHARED = {
    "scenarios/judge/promises/retry_after_is_heeded.py": ("client.sdk.profiles",),
    "scenarios/judge/promises/a_dead_pod_is_noticed_in_time.py": ("control_plane.jobs.states",),
    "scenarios/judge/promises/one_writer_per_job_incarnation.py": ("control_plane.jobs.states",),
    "scenarios/world/undisturbed.py": (
        "trainer_pod.engine", "trainer_pod.protocol", "trainer_pod.sampling", "trainer_pod.text",
    ),
}  # fmt: skip
"""Words and tables that an oracle may take from a package: the SDKs' measured profiles, the names of a job's states.

The undisturbed run has the pod's arithmetic, which other tests hold to torch; what surrounds it is what it judges.
"""
LONGEST = 300

TESTED_ELSEWHERE = {
    "client/__init__.py": "tests/client/test_sync.py",
    "client/connecting.py": "tests/client/test_sync.py",
    "client/events.py": "tests/client/test_reconnectable.py",
    "client/retry_policies/answers.py": "tests/client/test_retry_policies.py",
    "client/retry_policies/blanket_404.py": "tests/client/test_retry_policies.py",
    "client/retry_policies/exactly_once.py": "tests/client/test_retry_policies.py",
    "client/retry_policies/plain.py": "tests/client/test_retry_policies.py",
    "client/retry_policies/warmup_verified.py": "tests/client/test_retry_policies.py",
    "client/sdk/caller.py": "tests/client/sdk/test_calls.py",
    "client/sdk/service.py": "tests/client/sdk/test_session.py",
    "control_plane/jobs/not_served.py": "tests/control_plane/jobs/test_app.py",
    "control_plane/events.py": "tests/control_plane/jobs/test_reconciler.py",
    "gateway_sim/events.py": "tests/gateway_sim/test_route_table.py",
    "gateway_sim/relay.py": "tests/gateway_sim/test_proxy.py",
    "gateway_sim/stale_reads/client.py": "tests/gateway_sim/stale_reads/test_the_whole_client.py",
    "gateway_sim/stale_reads/refusals.py": "tests/gateway_sim/stale_reads/test_operations.py",
    "trainer_pod/bodies.py": "tests/trainer_pod/test_app.py",
    "trainer_pod/catalog.py": "tests/trainer_pod/test_rest.py",
    "trainer_pod/config.py": "tests/trainer_pod/test_pod.py",
    "trainer_pod/events.py": "tests/trainer_pod/test_pod.py",
    "trainer_pod/not_served.py": "tests/trainer_pod/test_app.py",
    "trainer_pod/protocol/blocking.py": "tests/trainer_pod/test_pod.py",
    "trainer_pod/protocol/listings.py": "tests/trainer_pod/test_app.py",
    "trainer_pod/protocol/sampling.py": "tests/trainer_pod/test_sampling.py",
    "trainer_pod/protocol/sessions.py": "tests/trainer_pod/test_app.py",
    "trainer_pod/protocol/settings.py": "tests/trainer_pod/test_protocol.py",
    "trainer_pod/protocol/tensors.py": "tests/trainer_pod/test_protocol.py",
    "trainer_pod/state_files.py": "tests/trainer_pod/test_checkpoints.py",
}
"""The modules without a test file of their name, and the file that tests them through the modules that use them."""


def test_imports_follow_the_arrows() -> None:
    """Packages know each other only along the arrows of docs/architecture.md §3, so that each can be read, and
    deployed, alone.
    """
    wrong = [
        f"{relative(path)} imports {name}: see docs/architecture.md §3"
        for path in sources()
        for name in imports(path)
        if path not in FACE and _is_against_the_arrows(relative(path).split("/")[0], name)
    ]
    assert not wrong, "\n".join(wrong)


def _is_against_the_arrows(package: str, name: str) -> bool:
    other = name.split(".")[0]
    return other in PACKAGES and other != package and not name.startswith(ARROWS[package])


def test_the_folders_are_imported_by_the_one_name() -> None:
    """An install has one import name, `gateway_sim`: a bare `client` would be the package of a user's own."""
    wrong = [
        f"{relative(path)} imports {name}: write `gateway_sim.` before it"
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        for name in written_imports(path, type_checking=True)
        if name.split(".")[0] in PACKAGES[1:]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_four_folders_are_links_in_the_one_package() -> None:
    """Type checkers, editors and the build find `gateway_sim.client` through the link."""
    for name in PACKAGES[1:]:
        link = ROOT / PACKAGES[0] / name
        assert link.is_symlink(), f"{relative(link)} must be a link to ../{name}"
        assert link.resolve() == ROOT / name


def test_a_package_is_tested_without_the_laboratory() -> None:
    """A test of a package stands on that package, so that it can be read, and can fail, without `scenarios`."""
    wrong = [
        f"{relative(path)} imports {name}: take time from tests/clock.py and AWS from moto.mock_aws; "
        "a test that plays a world belongs in tests/scenarios, in the folder of what it runs"
        for path in files_of_tests(*PACKAGES[:-1])
        for name in imports(path, type_checking=True)
        if name.split(".")[0] == "scenarios"
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_a_module_has_tests_of_its_name_or_a_place_in_the_table(path: Path) -> None:
    """The tests of a module are found by its name, or by one look into `TESTED_ELSEWHERE`."""
    own, name = home_of_tests(path), relative(path)
    if name not in TESTED_ELSEWHERE:
        assert own.exists(), f"write {relative(own)}, or name in TESTED_ELSEWHERE the file that tests {name}"
        return
    assert not own.exists(), f"{relative(own)} tests {name}: take it out of TESTED_ELSEWHERE"
    there = ROOT / TESTED_ELSEWHERE[name]
    assert there.exists(), f"{name} is said to be tested in {relative(there)}, which is not there"
    met = uses(there)
    assert path in met, f"{relative(there)} imports nothing that imports {name}: its tests cannot meet it"


def test_the_table_names_only_modules_that_are_there() -> None:
    """An entry of a module that is gone would hide the next one of its name."""
    assert set(TESTED_ELSEWHERE) <= {relative(path) for path in modules()}


def test_a_layer_imports_only_layers_below_it() -> None:
    """Inside `scenarios/` imports go down, inside functions and for type checkers too, so that no circle can close."""
    wrong = [
        f"{relative(path)} imports {name}, but {there!r} ({LAYERS[there]}) lies above {here!r} ({LAYERS[here]}): "
        f"move what both need into {here!r} or below, or pass it in from above"
        for path in sources()
        for name, there, here in upward_imports(path)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_of_the_laboratory_has_a_layer() -> None:
    """A file beside the layers would belong to none, and could close a circle unseen."""
    beside = {path.name for path in (ROOT / "scenarios").glob("*.py")}
    folders = {path.name for path in (ROOT / "scenarios").iterdir() if any(path.glob("**/*.py"))}
    assert beside == {"__init__.py"}
    assert folders == set(LAYERS)


def test_the_outside_enters_through_one_door() -> None:
    """A library that reaches outside is imported in one place, or a virtual world would leak."""
    wrong = [
        f"{relative(path)} imports {name}: it has a door elsewhere"
        for path in sources()
        for name in imports(path)
        if not relative(path).startswith(TAKEN_OVER)
        and relative(path) not in DOORS.get(name.split(".")[0], {relative(path)})
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", PURE)
def test_pure_files_have_no_clock_and_no_chance(name: str) -> None:
    """A pure file takes `now` and draws as arguments, so that its tests need no world."""
    outside = {"asyncio", "time", "random", "datetime", "os"}
    found = outside & {imported.split(".")[0] for imported in imports(ROOT / name)}
    if name == "gateway_sim/lag.py":
        found -= {"random"}
    assert not found, f"{name} imports {', '.join(sorted(found))}: a pure file decides, a shell does"


def test_an_oracle_shares_no_code_with_what_it_judges() -> None:
    """Of a package, an oracle imports only the events; the few other imports stand in `MAY_BE_SHARED`."""
    wrong = [
        f"{relative(path)} imports {name}: read it from the events of the trace, or say it in words of its own"
        for path in sources()
        if relative(path).startswith(ORACLES)
        for name in imports(path)
        if name.split(".")[0] in PACKAGES[:-1]
        and "events" not in name.split(".")
        and not name.startswith(MAY_BE_SHARED.get(relative(path), ("-",)))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_file_holds_one_idea() -> None:
    """A file that needs long scrolling holds two ideas."""
    lengths = {relative(path): len(path.read_text().splitlines()) for path in sources()}
    wrong = [
        f"{name} has {lines} lines; find the second idea and give it a file"
        for name, lines in lengths.items()
        if lines > LONGEST
    ]
    assert not wrong, "\n".join(wrong)


def test_words_that_hide_a_missing_noun_are_not_file_names() -> None:
    """docs/architecture.md §10: a manager, handler, helper, utils or base has a better name."""
    hiding = {"manager", "handler", "helper", "helpers", "utils", "base", "data", "common", "misc"}
    bad = [relative(path) for path in sources() if hiding & set(path.stem.split("_"))]
    assert bad == ["client/job_manager.py"], "only the PR's own TrainerJobManager keeps its name"


def test_endpoints_are_coroutines() -> None:
    """A `def` endpoint runs in a thread, and a thread's work takes no virtual time (docs/reference/costs.md §1)."""
    verbs = {"get", "post", "put", "delete", "patch"}
    for path in sources():
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if any(f".{verb}(" in text for verb in verbs) else ():
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    call = decorator.func if isinstance(decorator, ast.Call) else decorator
                    is_route = isinstance(call, ast.Attribute) and call.attr in verbs
                    assert not is_route, f"{relative(path)}: {node.name} must be `async def`"


RUNS_WHAT_IT_READS = ("marshal", "shelve", "dill", "cloudpickle", "joblib")
"""Libraries whose files can hold code; pickle has its doors."""
YAML_THAT_IS_DATA = {"yaml.safe_load", "yaml.safe_load_all", "yaml.YAMLError"}


def test_a_file_that_is_read_is_data() -> None:
    """`torch.load` unpickles whatever it finds unless it is told not to; the other libraries cannot be told."""
    wrong = [f"{relative(path)}: {why}" for path in sources() for why in code_in_files(path.read_text("utf-8"))]
    assert not wrong, "\n".join(wrong)


def code_in_files(code: str) -> list[str]:
    """Return the calls and imports in a file that run what a file says."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            named = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if named.get("weights_only") != "True":
                found.append(f"{ast.unparse(node)}: say weights_only=True")
        if isinstance(node, ast.Attribute) and (name := ast.unparse(node)).startswith("yaml."):
            found += [] if name in YAML_THAT_IS_DATA else [f"{name}: say yaml.safe_load"]
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        found += [f"imports {name}" for name in names if name.split(".")[0] in RUNS_WHAT_IT_READS]
    return found


def test_the_rule_of_data_finds_what_runs_code() -> None:
    """And not a load that reads tensors alone."""
    assert len(code_in_files("import torch, dill; torch.load(f); torch.load(f, weights_only=False)")) == 3
    assert code_in_files("import yaml; yaml.load(f); yaml.safe_load(f)") == ["yaml.load: say yaml.safe_load"]
    assert code_in_files("import torch, json; torch.load(f, weights_only=True); json.load(f)") == []


ANSWERED_IN_PAGES = {
    "scan", "query", "list_tables", "list_objects", "list_objects_v2", "list_object_versions", "list_buckets",
}  # fmt: skip
"""Calls of DynamoDB and S3 that answer a page: 1 MB of items, 100 tables, 1,000 objects."""

ONE_PAGE_IS_ENOUGH = {
    "scenarios/apps/serve/dynamodb.py": ["list_tables"],
    "scenarios/orchestration/parts/iceberg.py": ["scan"],
}
"""Reads of one page on purpose: to see that an endpoint answers at all; and a scan of Iceberg's, which has no pages."""


def test_a_read_that_is_answered_in_pages_reads_them_all() -> None:
    """`client.get_paginator` reads to the end: what stood on the second page would count as deleted."""
    wrong = []
    for path in sources():
        calls = unpaged(path.read_text(encoding="utf-8"))
        if calls != ONE_PAGE_IS_ENOUGH.get(relative(path), []):
            wrong.append(f"{relative(path)} calls {', '.join(calls)}: write get_paginator(...).paginate(...)")
    assert not wrong, "\n".join(wrong)


def unpaged(code: str) -> list[str]:
    """Return the calls in a file that read one page of an answer in pages."""
    calls = (node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    return [call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in ANSWERED_IN_PAGES]


def test_the_rule_of_pages_finds_a_read_of_one_page() -> None:
    """And not a paginator, nor an attribute that is only named like such a call."""
    assert unpaged("items = client.scan(TableName='t')['Items']") == ["scan"]
    assert unpaged("client.get_paginator('scan').paginate(TableName='t'); url.query.encode()") == []


def test_no_machine_path_and_no_registry_host_is_kept() -> None:
    """The project runs anywhere; a path of one machine in it is a mistake."""
    mine = Path(__file__).resolve()
    for path in [*sources(), *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]:
        if path == mine or not path.exists():
            continue
        text = path.read_text()
        for wrong in ("/root/", "/home/", "/work/", "index-url", "find-links"):
            assert wrong not in text, f"{relative(path)} names {wrong}"
