using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.RedisResource</c>; never made here.</summary>
    public class RedisResource : ContainerResource, IResourceWithConnectionString
    {
        private RedisResource() : base("redis")
        {
        }

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Empty;
    }
}

namespace Aspire.Hosting
{
    /// <summary>Stands for <c>Aspire.Hosting.RedisBuilderExtensions</c>: it compiles, and says what it needs when used.</summary>
    public static class RedisBuilderExtensions
    {
        public static IResourceBuilder<RedisResource> AddRedis(
            this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null) =>
            throw NeedsRealPackage(nameof(AddRedis));

        public static IResourceBuilder<RedisResource> WithDataVolume(
            this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false) => throw NeedsRealPackage(nameof(WithDataVolume));

        public static IResourceBuilder<RedisResource> WithPersistence(
            this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1) =>
            throw NeedsRealPackage(nameof(WithPersistence));

        private static DistributedApplicationException NeedsRealPackage(string method) =>
            ContainerResource.NeedsRealPackage(method, "Aspire.Hosting.Redis");
    }
}
