using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class OrderTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset _due = _now.AddMinutes(30);

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
    public void Order_of_a_guest_may_become_that_of_a_member_and_of_no_other()
    {
        var order = Submit();
        Assert.False(order.TrySetCustomer(null));
        Assert.True(order.TrySetCustomer("m1"));
        Assert.False(order.TrySetCustomer("m2"));
        Assert.False(order.TrySetCustomer(null));
        Assert.Equal("m1", order.CustomerId);
    }

    [Fact]
    public void Changes_have_the_time_and_the_reason_of_each_status()
    {
        var order = Submit();
        order.ReserveStock(_now.AddSeconds(1), _due);
        order.Reject("payment_declined", _now.AddSeconds(2), _due);

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
    public void No_transition_leads_back_in_the_history() =>
        Assert.All(_allowedTransitions, transitions => Assert.All(transitions.Value, to => Assert.True(transitions.Key < to)));

    [Theory]
    [InlineData("Submitted", true)]
    [InlineData("StockReserved", true)]
    [InlineData("Paid", true)]
    [InlineData("Confirmed", false)]
    [InlineData("Rejected", false)]
    [InlineData("Cancelled", false)]
    [InlineData("Refunded", false)]
    public void Every_status_has_a_follow_up_that_can_be_cleared_only_when_the_order_has_ended(string status, bool unfinished)
    {
        var order = CreateWithStatus(Enum.Parse<OrderStatus>(status));
        Assert.Equal(_due, order.DueAt);

        if (unfinished)
        {
            Assert.Throws<InvalidOperationException>(order.ClearFollowUp);
            Assert.Equal(_due, order.DueAt);
        }
        else
        {
            order.ClearFollowUp();
            Assert.Null(order.DueAt);
        }
    }

    [Fact]
    public void Times_of_an_order_do_not_go_back_when_the_clocks_of_replicas_and_services_differ()
    {
        var order = Order.Submit(Checkout() with { SubmittedAt = _now.AddSeconds(5) }, _now, _due); // the clock of Cart is ahead
        order.ReserveStock(_now.AddSeconds(-1), _due); // a replica whose clock is behind

        Assert.Equal((_now, _now, _now), (order.SubmittedAt, order.StoredAt, order.ChangedAt));
        Assert.Equal([_now, _now], order.Changes.Select(change => change.At));
    }

    [Fact]
    public void Total_is_the_sum_of_the_lines() =>
        Assert.Equal(new Money(3500, "EUR"), Submit().Total);

    [Fact]
    public void Submit_throws_when_there_are_no_lines() =>
        Assert.Throws<ArgumentException>(() => Order.Submit(Checkout() with { Lines = [] }, _now, _due));

    private static Order Submit() => Order.Submit(Checkout(), _now, _due);

    private static Order.Checkout Checkout() => new(
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
            case OrderStatus.StockReserved: order.ReserveStock(_now, _due); break;
            case OrderStatus.Paid: order.Pay(_now, _due); break;
            case OrderStatus.Confirmed: order.Confirm(_now, _due); break;
            case OrderStatus.Rejected: order.Reject("out_of_stock", _now, _due); break;
            case OrderStatus.Cancelled: order.Cancel("changed_mind", _now, _due); break;
            case OrderStatus.Refunded: order.Refund("broken", _now, _due); break;
            default: throw new InvalidOperationException($"No transition leads to {to}.");
        }
    }
}
