"""The JSON bodies that set a replica's view, for the admin interfaces of the gateway and of the DynamoDB endpoint."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway_sim import lag
from gateway_sim.replicas import Fresh, Lagging, Partitioned, View


class _Strict(BaseModel):
    """A body that refuses unknown fields, so that a misspelt setting does not become a default."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class FreshBody(_Strict):
    """See every change at once."""

    kind: Literal["fresh"]

    def view(self, now_s: float) -> View:
        """Return the view."""
        return Fresh()


class PartitionedBody(_Strict):
    """See no change from now on."""

    kind: Literal["partitioned"]

    def view(self, now_s: float) -> View:
        """Return the view."""
        return Partitioned(now_s)


_NUMBERS = {"fixed": ("lag_s",), "uniform": ("low_s", "high_s"), "exponential": ("mean_s",), "simpledb-step": ()}


class LaggingBody(_Strict):
    """See each change late: fixed takes `lag_s`, uniform `low_s` and `high_s`, exponential `mean_s`; all in seconds.

    The numbers of another law are refused, as they would have no effect.
    """

    kind: Literal["lagging"]
    law: Literal["fixed", "uniform", "exponential", "simpledb-step"] = "fixed"
    lag_s: float = Field(0.0, ge=0)
    low_s: float = Field(0.0, ge=0)
    high_s: float = Field(0.0, ge=0)
    mean_s: float = Field(0.0, ge=0)

    @model_validator(mode="after")
    def _fits_its_law(self) -> LaggingBody:
        takes = _NUMBERS[self.law]
        if self.model_fields_set - {"kind", "law"} != set(takes):
            raise ValueError(f"law {self.law} takes {' and '.join(takes) or 'no numbers'}")
        if self.low_s > self.high_s:
            raise ValueError(f"low_s is {self.low_s:g}, above high_s, which is {self.high_s:g}")
        return self

    def view(self, now_s: float) -> View:
        """Return the view."""
        if self.law == "uniform":
            return Lagging(lag.Uniform(self.low_s, self.high_s))
        return Lagging(lag.BY_NAME[self.law](self.mean_s if self.law == "exponential" else self.lag_s))


ViewBody = Annotated[FreshBody | PartitionedBody | LaggingBody, Field(discriminator="kind")]


def body_of(view: View) -> dict[str, Any]:
    """Return the body that sets such a view, so that what is read can be sent back."""
    match view:
        case Lagging(law=lag.Uniform(low_s=low_s, high_s=high_s)):
            return {"kind": "lagging", "law": "uniform", "low_s": low_s, "high_s": high_s}
        case Lagging(law=lag.Exponential(mean_s=mean_s)):
            return {"kind": "lagging", "law": "exponential", "mean_s": mean_s}
        case Lagging(law=lag.Fixed(lag_s=lag_s)):
            return {"kind": "lagging", "law": "fixed", "lag_s": lag_s}
        case Lagging():
            return {"kind": "lagging", "law": "simpledb-step"}
        case Partitioned():
            return {"kind": "partitioned"}
        case _:
            return {"kind": "fresh"}
