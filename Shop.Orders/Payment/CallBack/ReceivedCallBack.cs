namespace Shop.Orders.Payment.CallBack;

/// <summary>A call-back that was taken, known by its signature: the same request again is a replay. Kept for as long as it would pass for new.</summary>
internal sealed class ReceivedCallBack
{
    public required byte[] Signature { get; init; }
    public required Guid OrderId { get; init; }
    public required DateTimeOffset At { get; init; }
}
