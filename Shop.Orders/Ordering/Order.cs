using Shop.Contracts;
using Shop.Data.PersonalData;

namespace Shop.Orders.Ordering;

/// <summary>An order and its rules: which state may follow which. No clock, no store, no messages in here.</summary>
internal sealed class Order
{
    private readonly List<OrderChange> _changes = [];

    private Order()
    {
    }

    public Guid OrderId { get; private init; }
    public string CartId { get; private init; } = "";
    public Money Total { get; private init; }

    /// <summary>Who gets it, for those who have the key: see <see cref="Recipients.RecipientVault"/>.</summary>
    public EncryptedValue Recipient { get; private init; } = null!;

    /// <summary>On whose journey it was bought, and in which trace: a <see cref="Telemetry.Journeys.JourneySnapshot"/>.</summary>
    public string? Journey { get; private init; }

    public List<Line> Lines { get; private init; } = [];
    public OrderStatus Status { get; private set; }

    /// <summary>Why it is where it is, when that needs a word: one of <see cref="RejectionReasons"/>, or what a person gave.</summary>
    public string? Reason { get; private set; }

    public DateTimeOffset SubmittedAt { get; private init; }
    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>
    /// When somebody must look at it again; null when all that follows from its status is done, or a message that is not acknowledged yet
    /// sees to it. Set together with a status that something must follow from, and taken away when it has.
    /// </summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Each state that it came into since it was read, oldest first. All of them are in the store.</summary>
    public IReadOnlyList<OrderChange> Changes => _changes;

    public static Order Submit(Guid orderId, string cartId, IEnumerable<Line> lines, EncryptedValue recipient, DateTimeOffset at, string? journey = null)
    {
        var bought = lines.ToList();
        var total = Money.Sum(bought.Select(line => line.UnitPrice * line.Quantity)) ?? throw new ArgumentException("An order has at least one line.", nameof(lines));
        var order = new Order { OrderId = orderId, CartId = cartId, Lines = bought, Total = total, Recipient = recipient, SubmittedAt = at, Journey = journey };
        order.Record(OrderStatus.Submitted, reason: null, at);
        return order;
    }

    public void ReserveStock(DateTimeOffset at) => Move(OrderStatus.StockReserved, null, at, OrderStatus.Submitted);

    public void Pay(DateTimeOffset at) => Move(OrderStatus.Paid, null, at, OrderStatus.StockReserved);

    public void Confirm(DateTimeOffset at) => Move(OrderStatus.Confirmed, null, at, OrderStatus.Paid);

    public void Reject(string reason, DateTimeOffset at) => Move(OrderStatus.Rejected, reason, at, OrderStatus.Submitted, OrderStatus.StockReserved);

    /// <summary>The customer changed their mind before money moved.</summary>
    public void Cancel(string reason, DateTimeOffset at) => Move(OrderStatus.Cancelled, reason, at, OrderStatus.Submitted, OrderStatus.StockReserved);

    public void Refund(string reason, DateTimeOffset at) => Move(OrderStatus.Refunded, reason, at, OrderStatus.Paid, OrderStatus.Confirmed);

    public void LookAgainAt(DateTimeOffset at) => DueAt = at;

    public void NothingIsLeftToDo() => DueAt = null;

    private void Move(OrderStatus to, string? reason, DateTimeOffset at, params ReadOnlySpan<OrderStatus> from)
    {
        if (!from.Contains(Status))
            throw new InvalidOperationException($"Order {OrderId} is {Status} and cannot become {to}.");
        Record(to, reason, at);
    }

    private void Record(OrderStatus status, string? reason, DateTimeOffset at)
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

/// <summary>Since when, and why. No way leads back into a state, so an order has each at most once.</summary>
internal sealed class OrderChange
{
    public required Guid OrderId { get; init; }
    public required OrderStatus Status { get; init; }
    public required string? Reason { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>Why an order is rejected, or refunded by the shop itself, in words that programs may compare.</summary>
internal static class RejectionReasons
{
    public const string OutOfStock = "out_of_stock";
    public const string ReservationLost = "reservation_lost";
    public const string PaymentDeclined = "payment_declined";
    public const string InsufficientFunds = "insufficient_funds";
    public const string CardExpired = "card_expired";
    public const string PaymentNotConfirmed = "payment_not_confirmed";
}
