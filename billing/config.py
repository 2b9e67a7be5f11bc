"""The cloud server's configuration; docs/configuration lists every variable."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr

from mesh.settings import Address, Settings


class BillingConfig(Settings):
    """Read with mesh.settings.load. Each variable is BRINKBYTE_<FIELD>."""

    database_url: SecretStr = Field(description="PostgreSQL as the role brinkbyte_app")
    database_worker_url: SecretStr = Field(description="PostgreSQL as brinkbyte_worker")
    database_vendor_url: SecretStr = Field(description="PostgreSQL as brinkbyte_vendor")
    database_pool_size: int = Field(10, ge=1, le=200, description="connections a role")
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("BRINKBYTE_REDIS_URL", "REDIS_URL"),
        description="wake-ups between replicas; without it they poll",
    )

    billing_addr: Address = Field("127.0.0.1:50051", description="host:port, mTLS")
    billing_api_addr: Address = Field("127.0.0.1:50053", description="host:port, server TLS")
    billing_plaintext_addr: Address | None = Field(
        None, description="host:port without TLS, loopback only, for debugging"
    )
    tls_cert: Path = Field(description="PEM file of the server's certificate")
    tls_key: Path = Field(description="PEM file of its key")
    ca_cert: Path | None = Field(
        None, description="PEM file that devices trust; by default the device CAs"
    )
    device_ca_dir: Path = Field(
        description="directory of the CAs that sign devices: <id>.crt, <id>.key and `current`"
    )
    device_certificate_seconds: int = Field(
        86_400, ge=1, le=604_800, description="life of a device's certificate"
    )
    trust_domain: str = Field("brinkbyte.local", pattern=r"^[a-z0-9._-]{1,255}$")

    license_keys_dir: Path = Field(description="directory of the <kid>.pem files of signing keys")
    license_issuer: str = Field("brinkbyte-billing", description="`iss` of licence tokens")

    session_seconds: int = Field(
        43_200, ge=60, le=2_592_000, description="after which a user signs in anew"
    )
    session_idle_seconds: int = Field(
        1_800, ge=60, le=86_400, description="without a call, after which a session ends"
    )

    lease_seconds: int = Field(
        604_800, ge=60, le=31_536_000, description="a node spends a lease offline at most"
    )
    aggregation_seconds: float = Field(60, gt=0, le=3600, description="between two folds of usage")
    stripe_secret_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("BRINKBYTE_STRIPE_SECRET_KEY", "STRIPE_SECRET_KEY"),
        description="Stripe's API key; without it invoices are local",
    )
    stripe_api_url: str | None = Field(
        None, pattern=r"^https?://\S+$", description="where Stripe's API is, if elsewhere"
    )
    stripe_webhook_secrets: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("BRINKBYTE_STRIPE_WEBHOOK_SECRETS", "STRIPE_WEBHOOK_SECRET"),
        description="the live secrets that sign Stripe's events, separated by commas",
    )
    stripe_submit_seconds: float = Field(
        300, gt=0, le=3600, description="between two submissions of use to Stripe's meters"
    )
    stripe_settle_seconds: float = Field(
        3600,
        ge=0,
        le=86_400,
        description="until Stripe's sums show what its meters were told",
    )
    smtp_url: SecretStr | None = Field(
        None, description="smtp(s)://user:password@host:port; without it e-mail waits"
    )
    smtp_from: str | None = Field(None, description="whom e-mail comes from, a plain address")
    sms_url: SecretStr | None = Field(
        None, description="takes a POST of {to, text}; without it text messages wait"
    )
    sms_token: SecretStr | None = Field(None, description="bearer token for it")
    webhooks_allow_private: bool = Field(
        False, description="webhooks may go to private addresses and over http"
    )
    public_url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="where people find the dashboard"
    )
    notification_seconds: int = Field(
        259_200, ge=60, le=2_592_000, description="for so long a notification is tried"
    )
    dunning_past_due_days: int = Field(
        7, ge=0, le=365, description="a payment is late before its grace begins"
    )
    dunning_grace_days: int = Field(
        14, ge=0, le=365, description="of grace before a late payment suspends the licence"
    )
    dunning_suspend_days: int = Field(
        14, ge=0, le=365, description="of suspension before the subscriptions are cancelled"
    )
    usage_months_kept: int = Field(
        25, ge=1, le=1200, description="full months after which billed usage events are dropped"
    )

    invoice_draft_hours: float = Field(
        72, ge=0, le=2_160, description="after its end a period still takes late usage in"
    )
    invoice_due_days: int = Field(14, ge=0, le=365, description="from an invoice to its due date")
    invoice_prefix: str = Field(
        "INV", pattern=r"^[A-Za-z0-9]{1,12}$", description="before invoices' numbers"
    )
    credit_note_prefix: str = Field(
        "CN", pattern=r"^[A-Za-z0-9]{1,12}$", description="before credit notes' numbers"
    )
    issuer_name: str = Field("BrinkByte", max_length=255, description="legal name on invoices")
    issuer_address: str = Field(
        "", max_length=1000, description="its address, lines with | between them"
    )
    issuer_country: str = Field(
        "", pattern=r"^([A-Z]{2})?$", description="its country, ISO 3166, for taxes"
    )
    issuer_region: str = Field("", pattern=r"^[A-Z0-9]{0,3}$", description="its region")
    issuer_tax_id: str = Field("", max_length=64, description="its tax id on invoices")
    issuer_email: str = Field("", max_length=254, description="whom customers may ask")
    issuer_bank: str = Field(
        "", max_length=1000, description="where to pay, lines with | between them"
    )
    tax_rates: str = Field(
        "",
        max_length=10_000,
        description="percent by country or region: PL:VAT:23,CA:GST:5,CA-QC:QST:9.975",
    )

    metrics_addr: Address | None = Field(None, description="host:port for Prometheus")
    log_level: str = Field("info", pattern=r"^(debug|info|warning|error)$")
    log_json: bool = Field(True, description="logs as JSON lines")
    drain_seconds: float = Field(10, ge=0, le=600, description="time for running calls to end")
