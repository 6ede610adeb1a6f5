"""The call account/info."""

from flask import Blueprint, Response

from fakebox.v1.request import V1Request, in_one_transaction
from fakebox.v1.responses import json_response

blueprint: Blueprint = Blueprint("account", __name__)


@blueprint.route("/account/info", methods=["GET", "POST"])
@in_one_transaction
def info() -> Response:
    """Return the account of the caller, with its quota. Source: wire reference, account/info."""
    request = V1Request.current()
    account = request.world.accounts.get(request.caller.token.account_id)
    return json_response(
        {
            "uid": account.id,
            "display_name": account.display_name,
            "name_details": {
                "familiar_name": account.given_name,
                "given_name": account.given_name,
                "surname": account.surname,
            },
            "email": account.email,
            "email_verified": True,
            "country": account.country,
            "locale": account.locale,
            "referral_link": f"https://www.dropbox.com/referrals/{account.namespace_id:x}",
            "is_paired": False,
            "team": None,
            "quota_info": {
                "quota": account.quota_bytes,
                "normal": account.used_bytes,
                "shared": 0,
                "datastores": 0,
            },
        }
    )
