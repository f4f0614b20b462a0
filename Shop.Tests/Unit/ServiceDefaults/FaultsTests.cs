using System.Data.Common;
using System.Text.Json;
using Grpc.Core;
using Shop.Messaging;

namespace Shop.Tests.Unit.ServiceDefaults;

public class FaultsTests
{
    private static readonly HashSet<Type> _conflicts = [typeof(Overtaken)];

    public static TheoryData<string, Exception> Cases => new()
    {
        { "Permanent", new InvalidMessageException("no") },
        { "Permanent", new JsonException() },
        { "Permanent", new ArgumentNullException("x") },
        { "Permanent", new RpcException(new Status(StatusCode.InvalidArgument, "")) },
        { "Permanent", new InvalidOperationException("outer", new DatabaseError("23514")) }, // check_violation
        { "Permanent", new DatabaseError("22001") }, // string_data_right_truncation
        { "Conflict", new Overtaken() },
        { "Conflict", new DatabaseError("40001") },
        { "Conflict", new DatabaseError("40P01") },
        { "Conflict", new InvalidOperationException("outer", new DatabaseError("23505")) },
        { "Transient", new RpcException(new Status(StatusCode.Unavailable, "")) },
        { "Transient", new RpcException(new Status(StatusCode.DeadlineExceeded, "")) },
        { "Transient", new DatabaseError("57P01") }, // admin_shutdown
        { "Transient", new DatabaseError(null) },
        { "Transient", new TimeoutException() },
        { "Transient", new BrokerUnavailableException("away", new TimeoutException()) },
        { "Transient", new InvalidOperationException("who knows") },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fault_is_what_its_cause_says(string kind, Exception exception) =>
        Assert.Equal(kind, Faults.Classify(exception, _conflicts).ToString());

    private sealed class Overtaken : Exception;

    private sealed class DatabaseError(string? state) : DbException
    {
        public override string? SqlState => state;
    }
}
