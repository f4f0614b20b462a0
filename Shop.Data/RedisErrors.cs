using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace Shop.Data;

/// <summary>Recognizes errors of a Redis server that is away or refuses commands for a time.</summary>
public static class RedisErrors
{
    // It loads its data set, is a replica (after a failover, or without its primary), has no memory or disk left or too few replicas, or
    // runs a script.
    private static readonly string[] _codes = ["LOADING", "READONLY", "MASTERDOWN", "OOM", "MISCONF", "NOREPLICAS", "BUSY"];

    /// <summary>
    /// Whether the server was not reached, its connection broke during a command, or it refused the command for a reason that passes.
    /// </summary>
    /// <param name="exception">The exception of a command.</param>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        RedisConnectionException => true,
        // StackExchange.Redis lets these out while its connection breaks: during a read, and during a write to its pipe.
        ConnectionResetException => true,
        InvalidOperationException { Source: "System.IO.Pipelines" } => true,
        _ => IsRefusal(exception),
    };

    // For a reason that passes, or because a replica was asked for a change.
    private static bool IsRefusal(Exception exception) => exception switch
    {
        // Redis 6 and earlier: "ERR Error running script (...): @user_script:2: -READONLY ...". Later versions begin with the code.
        RedisServerException { Message: var message } => Array.Exists(_codes, code =>
            message.StartsWith($"{code} ", StringComparison.Ordinal) || message.Contains($": -{code} ", StringComparison.Ordinal)),
        // The client knows that the server is a replica, and does not send the command.
        RedisCommandException { Message: var message } => message.Contains("replica", StringComparison.Ordinal),
        _ => false,
    };
}
