using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class OrderTests
{
    private static readonly DateTimeOffset _noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly EncryptedValue _recipient = new("1", []);

    private static readonly Dictionary<OrderStatus, OrderStatus[]> _ways = new()
    {
        [OrderStatus.Submitted] = [OrderStatus.StockReserved, OrderStatus.Rejected, OrderStatus.Cancelled],
        [OrderStatus.StockReserved] = [OrderStatus.Paid, OrderStatus.Rejected, OrderStatus.Cancelled],
        [OrderStatus.Paid] = [OrderStatus.Confirmed, OrderStatus.Refunded],
        [OrderStatus.Confirmed] = [OrderStatus.Refunded],
        [OrderStatus.Rejected] = [],
        [OrderStatus.Cancelled] = [],
        [OrderStatus.Refunded] = [],
    };

    public static TheoryData<string, string> EveryPair()
    {
        var pairs = new TheoryData<string, string>();
        foreach (var from in Enum.GetNames<OrderStatus>())
        {
            foreach (var to in Enum.GetNames<OrderStatus>())
                pairs.Add(from, to);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(EveryPair))]
    public void An_order_goes_where_it_may_and_nowhere_else(string from, string to)
    {
        var order = In(Enum.Parse<OrderStatus>(from));
        var target = Enum.Parse<OrderStatus>(to);

        if (_ways[order.Status].Contains(target))
        {
            Move(order, target);
            Assert.Equal(target, order.Status);
        }
        else
        {
            var before = order.Status;
            Assert.ThrowsAny<InvalidOperationException>(() => Move(order, target));
            Assert.Equal(before, order.Status);
        }
    }

    [Fact]
    public void Each_change_is_kept_with_its_time_and_reason()
    {
        var order = Submit();
        order.ReserveStock(_noon.AddSeconds(1));
        order.Reject("payment_declined", _noon.AddSeconds(2));

        Assert.Equal("payment_declined", order.Reason);
        Assert.Equal(_noon.AddSeconds(2), order.ChangedAt);
        Assert.Equal(
            [(OrderStatus.Submitted, null, _noon), (OrderStatus.StockReserved, null, _noon.AddSeconds(1)), (OrderStatus.Rejected, "payment_declined", _noon.AddSeconds(2))],
            order.Changes.Select(change => (change.Status, change.Reason, change.At)));
    }

    [Fact]
    public void What_is_left_to_do_does_not_depend_on_the_status()
    {
        var order = In(OrderStatus.Confirmed);
        Assert.Null(order.DueAt);
        order.Refund("broken", _noon);
        order.LookAgainAt(_noon.AddSeconds(10));
        Assert.Equal(_noon.AddSeconds(10), order.DueAt);
        order.NothingIsLeftToDo();
        Assert.Null(order.DueAt);
    }

    [Fact]
    public void The_total_is_the_sum_of_the_lines() =>
        Assert.Equal(new Money(3500, "EUR"), Submit().Total);

    [Fact]
    public void An_order_of_nothing_is_none() =>
        Assert.Throws<ArgumentException>(() => Order.Submit(Guid.NewGuid(), "c1", [], _recipient, _noon));

    private static Order Submit() => Order.Submit(
        Guid.NewGuid(), "c1",
        [
            new Order.Line { Sku = "MUG", Name = "Mug", Quantity = 2, UnitPrice = new Money(1500, "EUR") },
            new Order.Line { Sku = "HAT", Name = "Hat", Quantity = 1, UnitPrice = new Money(500, "EUR") },
        ],
        _recipient, _noon);

    private static Order In(OrderStatus status)
    {
        var order = Submit();
        OrderStatus[] way = status switch
        {
            OrderStatus.Submitted => [],
            OrderStatus.StockReserved => [OrderStatus.StockReserved],
            OrderStatus.Paid => [OrderStatus.StockReserved, OrderStatus.Paid],
            OrderStatus.Confirmed => [OrderStatus.StockReserved, OrderStatus.Paid, OrderStatus.Confirmed],
            OrderStatus.Refunded => [OrderStatus.StockReserved, OrderStatus.Paid, OrderStatus.Refunded],
            _ => [status],
        };
        foreach (var step in way)
            Move(order, step);
        return order;
    }

    private static void Move(Order order, OrderStatus to)
    {
        switch (to)
        {
            case OrderStatus.StockReserved: order.ReserveStock(_noon); break;
            case OrderStatus.Paid: order.Pay(_noon); break;
            case OrderStatus.Confirmed: order.Confirm(_noon); break;
            case OrderStatus.Rejected: order.Reject("out_of_stock", _noon); break;
            case OrderStatus.Cancelled: order.Cancel("changed my mind", _noon); break;
            case OrderStatus.Refunded: order.Refund("broken", _noon); break;
            default: throw new InvalidOperationException($"No way leads back to {to}.");
        }
    }
}
