namespace Shop.Storefront.SignIn;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "The identity provider is unavailable", EventName = "identity_provider.unavailable")]
    public static partial void ProviderUnavailable(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "A token refresh failed with status {Status} and error {Error}",
        EventName = "token_refresh.failed")]
    public static partial void RefreshFailed(this ILogger log, int status, string? error);

    [LoggerMessage("A sign-in failed: {Reason}", EventName = "sign_in.failed")]
    public static partial void SignInFailed(this ILogger log, LogLevel level, SignInFailure reason, Exception? exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The merge of a visitor's cart failed with status {Status} and will be retried",
        EventName = "cart_merge.rejected")]
    public static partial void CartNotMerged(this ILogger log, int status);

    [LoggerMessage(
        LogLevel.Warning,
        "The merge of a visitor's cart failed because Cart is unavailable, and will be retried",
        EventName = "cart_merge.failed")]
    public static partial void CartServiceUnavailable(this ILogger log, Exception exception);
}
