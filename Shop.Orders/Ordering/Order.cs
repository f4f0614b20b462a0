using Shop.Contracts;
using Shop.Data.PersonalData;

namespace Shop.Orders.Ordering;

/// <summary>An order and its state machine. Contains no clock, no storage and no messaging.</summary>
/// <remarks>
/// Each transition sets the time at which the <see cref="OverdueOrderWorker"/> looks at the order, so a stored status that requires further
/// work always has one.
/// </remarks>
internal sealed class Order
{
    private readonly List<OrderChange> _changes = [];

    private Order()
    {
    }

    public Guid OrderId { get; private init; }

    public string CartId { get; private init; } = "";

    /// <summary>The subject of the member whose order it is; null for a guest's. It is kept when the recipient is erased.</summary>
    public string? CustomerId { get; private set; }

    public Money Total { get; private init; }

    /// <summary>Whether there is nothing to pay: the payment provider is then never called.</summary>
    public bool IsFree => Total.Amount == 0;

    /// <summary>The encrypted recipient; null when it was erased. <see cref="Recipients.RecipientProtector"/> decrypts it.</summary>
    public EncryptedValue? Recipient { get; private init; }

    /// <summary>The hash of the checkout's content; null if its message had none. See <see cref="Contracts.ContentHash"/>.</summary>
    public string? ContentHash { get; private init; }

    /// <summary>The journey and trace of the checkout, as a <see cref="Telemetry.Journeys.JourneySnapshot"/>.</summary>
    public string? Journey { get; private init; }

    public List<Line> Lines { get; private init; } = [];

    public OrderStatus Status { get; private set; }

    /// <summary>
    /// The reason for the status, if it needs one: one of <see cref="StatusReasons"/>, or the reason of a cancel or refund request.
    /// </summary>
    public string? Reason { get; private set; }

    /// <summary>The time of the checkout by the clock of Cart, but not later than <see cref="StoredAt"/>.</summary>
    public DateTimeOffset SubmittedAt { get; private init; }

    /// <summary>The time at which the order was stored. Lists of orders are sorted by it.</summary>
    public DateTimeOffset StoredAt { get; private init; }

    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>
    /// The time from which the <see cref="OverdueOrderWorker"/> processes the order, whatever became of its message; null when no work is
    /// left. Stored in the same transaction as a status that requires further work.
    /// </summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>How often the <see cref="OverdueOrderWorker"/> has tried to complete the order in its current status.</summary>
    public int Attempts { get; private set; }

    /// <summary>
    /// The status changes since the order was loaded, and earlier ones whose events are not emitted yet. The database contains all of them.
    /// </summary>
    public IReadOnlyList<OrderChange> Changes => _changes;

    /// <summary>Creates an order with the status <see cref="OrderStatus.Submitted"/>.</summary>
    /// <param name="checkout">The checkout.</param>
    /// <param name="at">The current time.</param>
    /// <param name="dueAt">The time of the follow-up.</param>
    /// <exception cref="ArgumentException">The checkout has no lines.</exception>
    public static Order Submit(Checkout checkout, DateTimeOffset at, DateTimeOffset dueAt)
    {
        var lines = checkout.Lines.ToList();
        var order = new Order
        {
            OrderId = checkout.OrderId,
            CartId = checkout.CartId,
            CustomerId = checkout.CustomerId,
            Lines = lines,
            Total = Money.Sum(lines.Select(line => line.UnitPrice * line.Quantity))
                ?? throw new ArgumentException("An order must have at least one line.", nameof(checkout)),
            Recipient = checkout.Recipient,
            ContentHash = checkout.ContentHash,
            Journey = checkout.Journey,
            SubmittedAt = checkout.SubmittedAt < at ? checkout.SubmittedAt : at,
            StoredAt = at,
        };
        order.SetStatus(OrderStatus.Submitted, reason: null, at, dueAt);
        return order;
    }

    public void ReserveStock(DateTimeOffset at, DateTimeOffset dueAt) =>
        ChangeStatus(OrderStatus.StockReserved, null, at, dueAt, OrderStatus.Submitted);

    public void Pay(DateTimeOffset at, DateTimeOffset dueAt) => ChangeStatus(OrderStatus.Paid, null, at, dueAt, OrderStatus.StockReserved);

    public void Confirm(DateTimeOffset at, DateTimeOffset dueAt) =>
        ChangeStatus(OrderStatus.Confirmed, null, at, dueAt, OrderStatus.Paid);

    public void Reject(string reason, DateTimeOffset at, DateTimeOffset dueAt) =>
        ChangeStatus(OrderStatus.Rejected, reason, at, dueAt, OrderStatus.Submitted, OrderStatus.StockReserved);

    /// <summary>Cancels an order before its payment.</summary>
    public void Cancel(string reason, DateTimeOffset at, DateTimeOffset dueAt) =>
        ChangeStatus(OrderStatus.Cancelled, reason, at, dueAt, OrderStatus.Submitted, OrderStatus.StockReserved);

    public void Refund(string reason, DateTimeOffset at, DateTimeOffset dueAt) =>
        ChangeStatus(OrderStatus.Refunded, reason, at, dueAt, OrderStatus.Paid, OrderStatus.Confirmed);

    /// <summary>
    /// Makes the <see cref="OverdueOrderWorker"/> process the order at <paramref name="at"/>, unless the follow-up is cleared by then.
    /// </summary>
    public void ScheduleFollowUp(DateTimeOffset at) => (DueAt, Attempts) = (at, 0);

    /// <summary>
    /// Makes a guest's order that of a member, who repeated the checkout after signing in. Returns false if that changes nothing.
    /// </summary>
    /// <param name="customerId">The subject of the member; null for a guest.</param>
    public bool TrySetCustomer(string? customerId)
    {
        if (customerId is null || CustomerId is not null)
        {
            return false;
        }

        CustomerId = customerId;
        return true;
    }

    /// <summary>Ends the work on the order.</summary>
    /// <exception cref="InvalidOperationException">The status requires further work.</exception>
    public void ClearFollowUp()
    {
        if (Status is OrderStatus.Submitted or OrderStatus.StockReserved or OrderStatus.Paid)
        {
            throw new InvalidOperationException($"Order {OrderId} has status {Status} and requires a follow-up.");
        }

        (DueAt, Attempts) = (null, 0);
    }

    private void ChangeStatus(
        OrderStatus to, string? reason, DateTimeOffset at, DateTimeOffset dueAt, params ReadOnlySpan<OrderStatus> from)
    {
        if (!from.Contains(Status))
        {
            throw new InvalidOperationException($"Order {OrderId} has status {Status} and cannot change to {to}.");
        }

        SetStatus(to, reason, at, dueAt);
    }

    private void SetStatus(OrderStatus status, string? reason, DateTimeOffset at, DateTimeOffset dueAt)
    {
        // The clock of this replica may be behind that of the replica that made the previous change.
        (Status, Reason, ChangedAt) = (status, reason, at > ChangedAt ? at : ChangedAt);
        ScheduleFollowUp(dueAt);
        _changes.Add(new OrderChange { OrderId = OrderId, Status = status, Reason = reason, At = ChangedAt });
    }

    /// <summary>The content of a checkout.</summary>
    /// <param name="OrderId">The order id.</param>
    /// <param name="CartId">The cart.</param>
    /// <param name="Lines">The lines, at least one.</param>
    /// <param name="Recipient">The encrypted recipient; null when it was erased before the checkout became an order.</param>
    /// <param name="SubmittedAt">The time of the checkout.</param>
    /// <param name="ContentHash">The hash of the content.</param>
    /// <param name="Journey">The journey of the checkout.</param>
    /// <param name="CustomerId">The subject of the member; null for a guest.</param>
    internal sealed record Checkout(
        Guid OrderId,
        string CartId,
        IEnumerable<Line> Lines,
        EncryptedValue? Recipient,
        DateTimeOffset SubmittedAt,
        string? ContentHash = null,
        string? Journey = null,
        string? CustomerId = null);

    internal sealed class Line
    {
        public required string Sku { get; init; }

        public required string Name { get; init; }

        public required int Quantity { get; init; }

        public required Money UnitPrice { get; init; }
    }
}
