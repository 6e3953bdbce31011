"""The way to the scheduler of a Dask cluster."""

import logging

import dask.config
from distributed import Client
from distributed.comm.addressing import resolve_address
from distributed.security import Security

from ..errors import UserError

CONNECT_TIMEOUT_S = 5
"""How long the scheduler has to answer when the search begins."""

SETUP = (
    "start `dask scheduler`, put the address that it shows into DASK_SCHEDULER_ADDRESS, "
    "and start `dask worker ADDRESS --nthreads 1` on each machine"
)


def connect() -> tuple[str, Client]:
    """Connect to the scheduler that Dask's settings name.

    Returns:
        Its address, and the connection.

    Raises:
        UserError: None is named, or nothing answers there.
    """
    address = dask.config.get("scheduler-address", None)
    if not address:
        raise UserError(f"no Dask scheduler is named: {SETUP}")
    has_tls = Security().get_connection_args("client")["ssl_context"]
    if address.startswith("tls:") and not has_tls:
        raise UserError(
            f"{address} needs certificates, and Dask has none configured: see "
            "https://distributed.dask.org/en/stable/tls.html"
        )
    # What Dask would tell in a page is told in a line here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        resolve_address(address)
        return address, Client(address, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address}: {SETUP}") from error
