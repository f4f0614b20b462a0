using Shop.Contracts;
using Shop.Data.PersonalData;

namespace Shop.Orders.Ordering;

/// <summary>An order and its state machine. Contains no clock, no storage and no messaging.</summary>
internal sealed class Order
{
    private readonly List<OrderChange> _changes = [];

    private Order()
    {
    }

    public Guid OrderId { get; private init; }

    public string CartId { get; private init; } = "";

    public Money Total { get; private init; }

    /// <summary>The encrypted recipient. <see cref="Recipients.RecipientProtector"/> decrypts it.</summary>
    public EncryptedValue Recipient { get; private init; } = null!;

    /// <summary>The journey and trace of the checkout, as a <see cref="Telemetry.Journeys.JourneySnapshot"/>.</summary>
    public string? Journey { get; private init; }

    public List<Line> Lines { get; private init; } = [];

    public OrderStatus Status { get; private set; }

    /// <summary>
    /// The reason for the status, if it needs one: one of <see cref="StatusReasons"/>, or the reason of a cancel or refund request.
    /// </summary>
    public string? Reason { get; private set; }

    public DateTimeOffset SubmittedAt { get; private init; }

    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>
    /// The time from which the <see cref="OverdueOrderWorker"/> processes the order; null when no work is left, or when an unacknowledged
    /// message still carries the order. Stored in the same transaction as a status that requires further work.
    /// </summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>The status changes since the order was loaded, oldest first. The database contains all of them.</summary>
    public IReadOnlyList<OrderChange> Changes => _changes;

    /// <summary>Creates an order with the status <see cref="OrderStatus.Submitted"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="lines"/> is empty.</exception>
    public static Order Submit(
        Guid orderId, string cartId, IEnumerable<Line> lines, EncryptedValue recipient, DateTimeOffset at, string? journey = null)
    {
        var orderLines = lines.ToList();
        var total = Money.Sum(orderLines.Select(line => line.UnitPrice * line.Quantity))
            ?? throw new ArgumentException("An order must have at least one line.", nameof(lines));
        var order = new Order
        {
            OrderId = orderId,
            CartId = cartId,
            Lines = orderLines,
            Total = total,
            Recipient = recipient,
            SubmittedAt = at,
            Journey = journey,
        };
        order.SetStatus(OrderStatus.Submitted, reason: null, at);
        return order;
    }

    public void ReserveStock(DateTimeOffset at) => ChangeStatus(OrderStatus.StockReserved, null, at, OrderStatus.Submitted);

    public void Pay(DateTimeOffset at) => ChangeStatus(OrderStatus.Paid, null, at, OrderStatus.StockReserved);

    public void Confirm(DateTimeOffset at) => ChangeStatus(OrderStatus.Confirmed, null, at, OrderStatus.Paid);

    public void Reject(string reason, DateTimeOffset at) =>
        ChangeStatus(OrderStatus.Rejected, reason, at, OrderStatus.Submitted, OrderStatus.StockReserved);

    /// <summary>Cancels an order before its payment.</summary>
    public void Cancel(string reason, DateTimeOffset at) =>
        ChangeStatus(OrderStatus.Cancelled, reason, at, OrderStatus.Submitted, OrderStatus.StockReserved);

    public void Refund(string reason, DateTimeOffset at) =>
        ChangeStatus(OrderStatus.Refunded, reason, at, OrderStatus.Paid, OrderStatus.Confirmed);

    /// <summary>
    /// Makes the <see cref="OverdueOrderWorker"/> process the order at <paramref name="at"/>, unless the follow-up is cleared by then.
    /// </summary>
    public void ScheduleFollowUp(DateTimeOffset at) => DueAt = at;

    public void ClearFollowUp() => DueAt = null;

    private void ChangeStatus(OrderStatus to, string? reason, DateTimeOffset at, params ReadOnlySpan<OrderStatus> from)
    {
        if (!from.Contains(Status))
        {
            throw new InvalidOperationException($"Order {OrderId} has status {Status} and cannot change to {to}.");
        }

        SetStatus(to, reason, at);
    }

    private void SetStatus(OrderStatus status, string? reason, DateTimeOffset at)
    {
        (Status, Reason, ChangedAt) = (status, reason, at);
        _changes.Add(new OrderChange { OrderId = OrderId, Status = status, Reason = reason, At = at });
    }

    internal sealed class Line
    {
        public required string Sku { get; init; }

        public required string Name { get; init; }

        public required int Quantity { get; init; }

        public required Money UnitPrice { get; init; }
    }
}
