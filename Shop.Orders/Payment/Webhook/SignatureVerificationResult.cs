namespace Shop.Orders.Payment.Webhook;

/// <summary>The result of <see cref="WebhookSignature.Verify"/>.</summary>
internal enum SignatureVerificationResult
{
    Valid,

    /// <summary>The signature is missing, malformed, or was not made with a configured key.</summary>
    InvalidSignature,

    /// <summary>The signature is valid, but its timestamp is too old or in the future.</summary>
    TimestampOutOfRange,
}
