namespace Shop.Identity;

/// <summary>The log messages of this service. No message contains an email address.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Member {UserId} has registered", EventName = "member.registered")]
    public static partial void MemberRegistered(this ILogger log, Guid userId);

    [LoggerMessage(
        LogLevel.Warning,
        "Account {UserId} is temporarily locked after too many wrong passwords",
        EventName = "account.locked")]
    public static partial void AccountLocked(this ILogger log, Guid userId);

    [LoggerMessage(LogLevel.Debug, "Pruned {Tokens} tokens and {Authorizations} authorizations", EventName = "tokens.pruned")]
    public static partial void TokensPruned(this ILogger log, long tokens, long authorizations);

    [LoggerMessage(LogLevel.Warning, "Pruning expired tokens failed and will be retried", EventName = "tokens.prune_failed")]
    public static partial void PruneFailed(this ILogger log, Exception exception);
}
