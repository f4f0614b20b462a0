namespace Shop.Orders.Payment.Webhook;

/// <summary>
/// A webhook that was processed. Its signature is the primary key, so the same request cannot be processed twice. It is stored until its
/// timestamp is out of range.
/// </summary>
internal sealed class ReceivedWebhook
{
    public required byte[] Signature { get; init; }

    public required Guid OrderId { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }
}
