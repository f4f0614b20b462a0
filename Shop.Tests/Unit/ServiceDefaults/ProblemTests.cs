using System.Data.Common;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Shop.Messaging;
using Shop.Web.Problems;

namespace Shop.Tests.Unit.ServiceDefaults;

public class ProblemTests
{
    [Theory]
    [InlineData("Quantity", "quantity")]
    [InlineData("Recipient.Name", "recipient.name")]
    [InlineData("Lines[0].Sku", "lines[0].sku")]
    [InlineData("cartId", "cartId")]
    [InlineData("Idempotency-Key", "Idempotency-Key")]
    public void Fields_are_named_as_the_caller_wrote_them(string field, string named) =>
        Assert.Equal(named, ProblemExtensions.AsSent(field));

    public static TheoryData<bool, Exception> Cases => new()
    {
        { true, new TimeoutException() },
        { true, new TaskCanceledException() },
        { true, new BrokerUnavailableException("away", new TimeoutException()) },
        { true, new InvalidOperationException("outer", new DatabaseError(transient: true)) },
        { true, new RpcException(new Status(StatusCode.Unavailable, "")) },
        { true, new StoreIsGone() },
        { false, new DatabaseError(transient: false) },
        { false, new RpcException(new Status(StatusCode.Internal, "")) },
        { false, new InvalidOperationException() },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Try_again_in_a_moment_is_told_from_our_mistake(bool unavailable, Exception exception) =>
        Assert.Equal(unavailable, TransientErrors.IsTransient(exception, new ProblemOptions { Unavailable = { cause => cause is StoreIsGone } }));

    private sealed class StoreIsGone : Exception;

    private sealed class DatabaseError(bool transient) : DbException
    {
        public override bool IsTransient => transient;
    }
}
