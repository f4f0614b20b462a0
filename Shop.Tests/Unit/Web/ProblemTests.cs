using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Shop.Web.Problems;

namespace Shop.Tests.Unit.Web;

public class ProblemTests
{
    [Theory]
    [InlineData("Quantity", "quantity")]
    [InlineData("Recipient.Name", "recipient.name")]
    [InlineData("Lines[0].Sku", "lines[0].sku")]
    [InlineData("cartId", "cartId")]
    [InlineData("Idempotency-Key", "Idempotency-Key")]
    public void Field_names_are_those_of_the_request(string field, string name) =>
        Assert.Equal(name, ProblemExtensions.ToRequestName(field));

    public static TheoryData<bool, Exception> Cases => new()
    {
        { true, new TimeoutException() },
        { true, new TaskCanceledException() },
        { true, new InvalidOperationException("outer", new TimeoutException()) },
        { true, new InvalidOperationException("outer", new DatabaseError(transient: true)) },
        { true, new StoreUnavailable() },
        { false, new DatabaseError(transient: false) },
        { false, new InvalidOperationException() },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Transient_errors_are_distinguished_from_errors_of_the_service(bool transient, Exception exception)
    {
        var options = new ProblemOptions { ServiceUnavailable = { cause => cause is StoreUnavailable } };
        Assert.Equal(transient, TransientErrors.IsTransient(exception, options));
    }

    private sealed class StoreUnavailable : Exception;

    private sealed class DatabaseError(bool transient) : DbException
    {
        public override bool IsTransient => transient;
    }
}
