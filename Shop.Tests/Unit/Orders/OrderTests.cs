using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class OrderTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly EncryptedValue _recipient = new("1", []);

    private static readonly Dictionary<OrderStatus, OrderStatus[]> _allowedTransitions = new()
    {
        [OrderStatus.Submitted] = [OrderStatus.StockReserved, OrderStatus.Rejected, OrderStatus.Cancelled],
        [OrderStatus.StockReserved] = [OrderStatus.Paid, OrderStatus.Rejected, OrderStatus.Cancelled],
        [OrderStatus.Paid] = [OrderStatus.Confirmed, OrderStatus.Refunded],
        [OrderStatus.Confirmed] = [OrderStatus.Refunded],
        [OrderStatus.Rejected] = [],
        [OrderStatus.Cancelled] = [],
        [OrderStatus.Refunded] = [],
    };

    public static TheoryData<string, string> AllTransitions()
    {
        var transitions = new TheoryData<string, string>();
        foreach (var from in Enum.GetNames<OrderStatus>())
        {
            foreach (var to in Enum.GetNames<OrderStatus>())
            {
                transitions.Add(from, to);
            }
        }

        return transitions;
    }

    [Theory]
    [MemberData(nameof(AllTransitions))]
    public void Status_changes_only_along_allowed_transitions(string from, string to)
    {
        var order = CreateWithStatus(Enum.Parse<OrderStatus>(from));
        var target = Enum.Parse<OrderStatus>(to);

        if (_allowedTransitions[order.Status].Contains(target))
        {
            ChangeStatus(order, target);
            Assert.Equal(target, order.Status);
        }
        else
        {
            var before = order.Status;
            Assert.ThrowsAny<InvalidOperationException>(() => ChangeStatus(order, target));
            Assert.Equal(before, order.Status);
        }
    }

    [Fact]
    public void Changes_have_the_time_and_the_reason_of_each_status()
    {
        var order = Submit();
        order.ReserveStock(_now.AddSeconds(1));
        order.Reject("payment_declined", _now.AddSeconds(2));

        Assert.Equal("payment_declined", order.Reason);
        Assert.Equal(_now.AddSeconds(2), order.ChangedAt);
        Assert.Equal(
            [
                (OrderStatus.Submitted, null, _now),
                (OrderStatus.StockReserved, null, _now.AddSeconds(1)),
                (OrderStatus.Rejected, "payment_declined", _now.AddSeconds(2)),
            ],
            order.Changes.Select(change => (change.Status, change.Reason, change.At)));
    }

    [Fact]
    public void Follow_up_is_scheduled_and_cleared_independently_of_the_status()
    {
        var order = CreateWithStatus(OrderStatus.Confirmed);
        Assert.Null(order.DueAt);
        order.Refund("broken", _now);
        order.ScheduleFollowUp(_now.AddSeconds(10));
        Assert.Equal(_now.AddSeconds(10), order.DueAt);
        order.ClearFollowUp();
        Assert.Null(order.DueAt);
    }

    [Fact]
    public void Total_is_the_sum_of_the_lines() =>
        Assert.Equal(new Money(3500, "EUR"), Submit().Total);

    [Fact]
    public void Submit_throws_when_there_are_no_lines() =>
        Assert.Throws<ArgumentException>(() => Order.Submit(Guid.NewGuid(), "c1", [], _recipient, _now));

    private static Order Submit() => Order.Submit(
        Guid.NewGuid(),
        "c1",
        [
            new Order.Line { Sku = "MUG", Name = "Mug", Quantity = 2, UnitPrice = new Money(1500, "EUR") },
            new Order.Line { Sku = "HAT", Name = "Hat", Quantity = 1, UnitPrice = new Money(500, "EUR") },
        ],
        _recipient,
        _now);

    private static Order CreateWithStatus(OrderStatus status)
    {
        var order = Submit();
        OrderStatus[] path = status switch
        {
            OrderStatus.Submitted => [],
            OrderStatus.StockReserved => [OrderStatus.StockReserved],
            OrderStatus.Paid => [OrderStatus.StockReserved, OrderStatus.Paid],
            OrderStatus.Confirmed => [OrderStatus.StockReserved, OrderStatus.Paid, OrderStatus.Confirmed],
            OrderStatus.Refunded => [OrderStatus.StockReserved, OrderStatus.Paid, OrderStatus.Refunded],
            _ => [status],
        };
        foreach (var step in path)
        {
            ChangeStatus(order, step);
        }

        return order;
    }

    private static void ChangeStatus(Order order, OrderStatus to)
    {
        switch (to)
        {
            case OrderStatus.StockReserved: order.ReserveStock(_now); break;
            case OrderStatus.Paid: order.Pay(_now); break;
            case OrderStatus.Confirmed: order.Confirm(_now); break;
            case OrderStatus.Rejected: order.Reject("out_of_stock", _now); break;
            case OrderStatus.Cancelled: order.Cancel("changed_mind", _now); break;
            case OrderStatus.Refunded: order.Refund("broken", _now); break;
            default: throw new InvalidOperationException($"No transition leads to {to}.");
        }
    }
}
