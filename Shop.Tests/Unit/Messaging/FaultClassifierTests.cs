using System.Data.Common;
using System.Text.Json;
using Grpc.Core;
using Shop.Messaging;

namespace Shop.Tests.Unit.Messaging;

public class FaultClassifierTests
{
    private static readonly HashSet<Type> _conflicts = [typeof(ConcurrentChange)];

    public static TheoryData<string, Exception> Cases => new()
    {
        { "Permanent", new InvalidMessageException("no") },
        { "Permanent", new JsonException() },
        { "Permanent", new ArgumentNullException("x") },
        { "Permanent", new RpcException(new Status(StatusCode.InvalidArgument, "")) },
        { "Permanent", new InvalidOperationException("outer", new DatabaseError("23514")) }, // check_violation
        { "Permanent", new DatabaseError("22001") }, // string_data_right_truncation
        { "Conflict", new ConcurrentChange() },
        { "Conflict", new DatabaseError("40001") },
        { "Conflict", new DatabaseError("40P01") },
        { "Conflict", new InvalidOperationException("outer", new DatabaseError("23505")) },
        { "Transient", new RpcException(new Status(StatusCode.Unavailable, "")) },
        { "Transient", new RpcException(new Status(StatusCode.DeadlineExceeded, "")) },
        { "Transient", new DatabaseError("57P01") }, // admin_shutdown
        { "Transient", new DatabaseError(null) },
        { "Transient", new TimeoutException() },
        { "Transient", new BrokerUnavailableException("unavailable", new TimeoutException()) },
        { "Transient", new InvalidOperationException("unknown") },
        { "Timeout", new HandlerTimeoutException("timeout") },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exception_is_classified_by_its_cause(string kind, Exception exception) =>
        Assert.Equal(kind, FaultClassifier.Classify(exception, _conflicts).ToString());

    private sealed class ConcurrentChange : Exception;

    private sealed class DatabaseError(string? state) : DbException
    {
        public override string? SqlState => state;
    }
}
