using System.Data.Common;
using System.Runtime.Serialization;
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
        { "Permanent", new InvalidOperationException("outer", new InvalidMessageException("no")) },
        { "Permanent", new InvalidOperationException("outer", new DatabaseError("23514")) }, // check_violation
        { "Permanent", new DatabaseError("22001") }, // string_data_right_truncation
        { "Conflict", new ConcurrentChange() },
        { "Conflict", new DatabaseError("40001") },
        { "Conflict", new DatabaseError("40P01") },
        { "Conflict", new InvalidOperationException("outer", new DatabaseError("23505")) },
        { "Transient", new DatabaseError("57P01") }, // admin_shutdown
        { "Transient", new DatabaseError("42P01") }, // undefined_table, before a migration
        { "Transient", new DatabaseError(null) },
        { "Transient", new TimeoutException() },
        { "Transient", new BrokerUnavailableException("unavailable", new TimeoutException()) },
        { "Transient", new InvalidOperationException("unknown") },
        // Thrown by a handler, they say nothing about its message: a peer may return an HTML page instead of JSON.
        { "Transient", new JsonException() },
        { "Transient", new FormatException() },
        { "Transient", new SerializationException() },
        { "Transient", new ArgumentNullException("x") },
        { "Transient", Activator.CreateInstance<NullReferenceException>() },
        { "Transient", new InvalidCastException() },
        { "Transient", new OverflowException() },
        { "Transient", new NotSupportedException() },
        { "Transient", new NotImplementedException() },
        { "Timeout", new HandlerTimeoutException("timeout") },
    };

    public static TheoryData<StatusCode> StatusCodes => [.. Enum.GetValues<StatusCode>()];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exception_is_classified_by_its_cause(string kind, Exception exception) =>
        Assert.Equal(kind, FaultClassifier.Classify(exception, _conflicts).ToString());

    [Theory]
    [MemberData(nameof(StatusCodes))]
    public void Status_of_a_peer_is_transient_unless_it_is_INVALID_ARGUMENT(StatusCode code) => Assert.Equal(
        code is StatusCode.InvalidArgument ? FaultKind.Permanent : FaultKind.Transient,
        FaultClassifier.Classify(new RpcException(new Status(code, "")), _conflicts));

    private sealed class ConcurrentChange : Exception;

    private sealed class DatabaseError(string? state) : DbException
    {
        public override string? SqlState => state;
    }
}
