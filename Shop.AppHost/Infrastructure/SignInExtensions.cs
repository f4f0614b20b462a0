using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;

namespace Shop.AppHost.Infrastructure;

internal static class SignInExtensions
{
    /// <summary>The key of the configuration that has the secret of the client <c>shop-tools</c>, in Development only.</summary>
    public const string ToolsSecretKey = $"Parameters:{ToolsSecret}";

    private const string ToolsSecret = "shop-tools-secret";
    private const int ToolsSecretBytes = 24;

    /// <summary>
    /// Returns the address under which visitors reach the storefront. A deployment sets it as the parameter <c>public-url</c>.
    /// </summary>
    public static ReferenceExpression GetPublicUrl(this IResourceBuilder<ProjectResource> storefront) =>
        GetUrl(storefront, "public-url");

    /// <summary>
    /// Returns the address under which staff reach Insights. A deployment sets it as the parameter <c>insights-url</c>.
    /// </summary>
    public static ReferenceExpression GetInsightsUrl(this IResourceBuilder<ProjectResource> insights) =>
        GetUrl(insights, "insights-url");

    /// <summary>
    /// In Development, adds the client <c>shop-tools</c> to the provider. Its secret is in the user secrets of the AppHost, from
    /// which the command in docs/sign-in.md reads it.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithToolsClient(this IResourceBuilder<ProjectResource> identity)
    {
        var builder = identity.ApplicationBuilder;
        if (!builder.ExecutionContext.IsRunMode || !builder.Environment.IsDevelopment())
        {
            return identity;
        }

        builder.UserSecretsManager.GetOrSetSecret(
            builder.Configuration, ToolsSecretKey, static () => RandomNumberGenerator.GetHexString(ToolsSecretBytes * 2, lowercase: true));
        return identity.WithEnvironment(
            "Identity__ToolsSecret", builder.AddParameterFromConfiguration(ToolsSecret, ToolsSecretKey, secret: true));
    }

    private static ReferenceExpression GetUrl(IResourceBuilder<ProjectResource> service, string parameter) =>
        service.ApplicationBuilder.ExecutionContext.IsRunMode
            ? ReferenceExpression.Create($"{service.GetEndpoint("http").Property(EndpointProperty.Url)}")
            : ReferenceExpression.Create($"{service.ApplicationBuilder.AddParameter(parameter).Resource}");
}
