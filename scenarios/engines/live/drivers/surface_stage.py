"""The clients whose methods `surface.py` calls, and what its calls need: checkpoints, sessions, jobs."""

import importlib
import importlib.util
import itertools
import urllib.request

TOKENS = [1, 2, 3, 4]
MANAGED = (
    "create_deployment_sampler", "create_inference_deployment_sampler", "create_sampling_client",
    "create_sampling_client_async", "hotload_sampler_snapshot", "list_checkpoints", "promote_checkpoint",
)  # fmt: skip
"""Methods of a service client of fireworks-ai that need a trainer which it has made itself."""


class NoArguments(Exception):
    """A method has a required parameter for which there is no value."""


def result(value):
    """Return what a call of an SDK came to: some versions return a future of it."""
    return value.result() if callable(getattr(value, "result", None)) else value


class Stage:
    """The clients of one walk, and what their calls need: checkpoints, sessions and jobs."""

    def __init__(self, kind, task):
        self.kind = kind
        self.task = task
        self.base_url = f"{task['gateway']}/training/v1/rlorTrainerJobs/{task['account']}/{task['job']}"
        self.names = (f"surface-{n}" for n in itertools.count(1))
        self._kept = {}
        self.current = None

    def kept(self, name, make):
        """Return what `make` made the first time."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def fireworks(self, name):
        """Return a class of fireworks-ai."""
        return getattr(importlib.import_module("fireworks.training.sdk"), name)

    @property
    def types(self):
        """The module of the SDK's types."""
        for name in ("tinker.types", "fireworks.training.sdk.types"):
            try:
                return importlib.import_module(name)
            except ModuleNotFoundError:
                continue
        raise NoArguments("the SDK has no types")

    def service(self, of="ServiceClient"):
        """Return a new service client, of tinker or of fireworks-ai."""
        if of == "ServiceClient":
            return importlib.import_module("tinker").ServiceClient(
                base_url=self.base_url, api_key=self.task["tinker_key"]
            )
        return self.fireworks(of)(base_url=self.base_url, api_key=self.task["api_key"])

    def trained(self, of="TrainingClient"):
        """Return a new training client."""
        model = self.task["base_model"]
        if of == "TrainingClient":
            service = self.kept("service", self.service)
            return result(service.create_lora_training_client(base_model=model, rank=2))
        # a service of fireworks-ai has one training client of a kind
        return self.service("FiretitanServiceClient").create_training_client(base_model=model, lora_rank=2)

    def own(self):
        """Return the training client whose checkpoints the walk names."""
        name = "TrainingClient" if self.has_tinker() else "FiretitanTrainingClient"
        return self.kept("own", lambda: self.trained(name))

    def has_tinker(self):
        """Return whether tinker itself is installed."""
        return importlib.util.find_spec("tinker") is not None

    def sampler(self):
        """Return a sampling client of the base model."""
        service = self.kept("service", self.service)
        return result(service.create_sampling_client(base_model=self.task["base_model"]))

    def subject(self, of, method):
        """Return the object whose method is called, which `current` is until the next."""
        self.current = self._subject(of, method)
        return self.current

    def _subject(self, of, method):
        """Return a client of its own for a method that may leave it unusable, else the one of the walk."""
        if of == "FiretitanServiceClient" and method in MANAGED and self.has_managed():
            return self.managed(trains=method in ("list_checkpoints", "promote_checkpoint"))
        if of in ("ServiceClient", "FiretitanServiceClient"):
            return (
                self.service(of) if of != "ServiceClient" or method == "close" else self.kept("service", self.service)
            )
        if of in ("TrainingClient", "FiretitanTrainingClient"):
            return self.trained(of)
        if of == "SamplingClient":
            return self.kept(of, self.sampler)
        if of == "FiretitanSamplingClient":
            return self.inference() if method == "close" else self.kept(of, self.inference)
        if of == "RestClient":
            return self.kept(of, lambda: self.kept("service", self.service).create_rest_client())
        if of == "AdminClient":
            admin = importlib.import_module("tinker").AdminClient
            return self.kept(of, lambda: admin(base_url=self.base_url, api_key=self.task["tinker_key"]))
        return self.kept(of, lambda: self.manager(of)) if method != "close" else self.manager(of)

    def manager(self, of):
        """Return a client of the control plane."""
        words = {"api_key": self.task["api_key"], "base_url": self.task["control_plane"]}
        if of == "DeploymentManager":
            words.update(inference_url=self.task["control_plane"], hotload_api_url=self.task["control_plane"])
        return self.fireworks(of)(**words)

    def inference(self):
        """Return a client that samples from a deployment."""
        words = {"inference_url": self.task["control_plane"], "model": self.task["base_model"]}
        return self.fireworks("FiretitanSamplingClient").create(api_key=self.task["api_key"], **words)

    def has_managed(self):
        """Return whether the SDK can make a trainer of its own."""
        return hasattr(self.fireworks("FiretitanServiceClient"), "from_firetitan_config")

    def provisioning(self, **words):
        """Return what a service client makes its trainer from."""
        shape = f"accounts/{self.task['account']}/deploymentShapes/one/versions/1"
        words = {"base_model": self.task["base_model"], "lora_rank": 2, "deployment_shape": shape, **words}
        return self.fireworks("FiretitanProvisioningConfig")(**words)

    def managed(self, *, trains):
        """Return a service client that makes its trainer by the control plane; it has one if it `trains`."""
        make = self.fireworks("FiretitanServiceClient").from_firetitan_config
        words = {"base_url": self.task["control_plane"], "inference_url": self.task["control_plane"]}
        made = make(
            api_key=self.task["api_key"], managed_config=self.provisioning(create_deployment=not trains), **words
        )
        if trains:
            made.create_training_client(base_model=self.task["base_model"], lora_rank=2)
        return made

    def queue_state(self):
        """Return the state of a queue that takes work."""
        package = "tinker.lib" if self.has_tinker() else "fireworks.training.sdk._core.lib"
        return importlib.import_module(f"{package}.api_future_impl").QueueState.ACTIVE

    def saved_name(self):
        """Return the name of a checkpoint that the current client has saved."""
        name = next(self.names)
        result(self.current.save_state(name))
        return name

    def paused_job(self):
        """Return the id of a job that was made for this call, and paused."""
        job = self.job_id()
        url = f"{self.task['control_plane']}/v1/accounts/{self.task['account']}/rlorTrainerJobs/{job}:pause"
        asked = urllib.request.Request(url, b"", {"X-Api-Key": self.task["api_key"]}, method="POST")
        urllib.request.urlopen(asked, timeout=60).read()
        return job

    def data(self):
        """Return a batch of one example."""
        types = self.types
        inputs = {"target_tokens": TOKENS[1:], "weights": [1.0] * 3}
        return [types.Datum(model_input=types.ModelInput.from_ints(TOKENS[:3]), loss_fn_inputs=inputs)]

    def adam(self):
        """Return the settings of a step."""
        return self.types.AdamParams(learning_rate=1e-3)

    def state_path(self):
        """Return the path of a checkpoint of its own for this call."""
        return result(self.own().save_state(next(self.names))).path

    def sampler_path(self):
        """Return the path of sampler weights."""
        return self.kept("sampler_path", lambda: result(self.own().save_weights_for_sampler("sampled")).path)

    def run_and_checkpoint(self):
        """Return training run and id of a new checkpoint."""
        run, _, checkpoint = self.state_path().removeprefix("tinker://").partition("/")
        return run, checkpoint

    def session_id(self):
        """Return the id of an open session."""
        return str(self.own().model_id).partition(":train:")[0]

    def sampler_id(self):
        """Return the id of an open sampling session."""
        client = self.kept("SamplingClient", self.sampler)
        return client._sampling_session_id

    def loss_handle(self):
        """Return a custom loss as the session knows it."""
        service = self.kept("service", self.service)
        return result(service.create_custom_loss(negative_likelihood, {"logprobs": 1, "weights": 1}))

    def job_config(self):
        """Return the configuration of a new job."""
        return self.fireworks("TrainerJobConfig")(base_model=self.task["base_model"], lora_rank=2)

    def job_id(self):
        """Return the id of a job made for this call."""
        manager = self.kept("TrainerJobManager", lambda: self.manager("TrainerJobManager"))
        return manager.create(self.job_config()).job_id

    def deployment_config(self):
        """Return the configuration of a deployment."""
        return self.fireworks("DeploymentConfig")(
            deployment_id="surface",
            base_model=self.task["base_model"],
            deployment_shape="accounts/a/deploymentShapes/s",
        )


def negative_likelihood(logprobs, weights):
    """Return a user's own loss of one example."""
    loss = -(logprobs * weights).sum()
    return loss, {"custom/loss:sum": loss}
