using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.PostgresServerResource</c>; never made here.</summary>
    public class PostgresServerResource : ContainerResource, IResourceWithConnectionString
    {
        private PostgresServerResource() : base("postgres")
        {
        }

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Empty;
    }

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.PostgresDatabaseResource</c>; never made here.</summary>
    public class PostgresDatabaseResource : Resource, IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
    {
        private PostgresDatabaseResource(PostgresServerResource parent) : base("database") => Parent = parent;

        public PostgresServerResource Parent { get; }

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Empty;
    }
}

namespace Aspire.Hosting
{
    /// <summary>Stands for <c>Aspire.Hosting.PostgresBuilderExtensions</c>: it compiles, and says what it needs when used.</summary>
    public static class PostgresBuilderExtensions
    {
        public static IResourceBuilder<PostgresServerResource> AddPostgres(
            this IDistributedApplicationBuilder builder,
            string name,
            IResourceBuilder<ParameterResource>? userName = null,
            IResourceBuilder<ParameterResource>? password = null,
            int? port = null) => throw NeedsRealPackage(nameof(AddPostgres));

        public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
            this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null) =>
            throw NeedsRealPackage(nameof(AddDatabase));

        public static IResourceBuilder<PostgresServerResource> WithDataVolume(
            this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
            throw NeedsRealPackage(nameof(WithDataVolume));

        private static DistributedApplicationException NeedsRealPackage(string method) =>
            ContainerResource.NeedsRealPackage(method, "Aspire.Hosting.PostgreSQL");
    }
}
