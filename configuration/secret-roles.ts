/** Settings of each side that hold a URL with a password, and the database role that it is for. */
export const SECRET_ROLES = {
  crm: {
    TIDEGATE_CRM_CONSUMER_URL: 'tidegate_consumer',
    TIDEGATE_CRM_REVERSE_URL: 'tidegate_reverse',
    TIDEGATE_CRM_VERIFIER_URL: 'tidegate_verifier',
    TIDEGATE_CRM_PAGE_URL: 'crm_page',
    TIDEGATE_CRM_KEEPER_URL: 'tidegate_crm_keeper',
  },
  cloud: {
    TIDEGATE_PRODUCER_DATABASE_URL: 'tidegate_producer',
    TIDEGATE_REGISTRAR_DATABASE_URL: 'tidegate_registrar',
    TIDEGATE_CLOUD_KEEPER_DATABASE_URL: 'tidegate_cloud_keeper',
    TIDEGATE_CLOUD_USER_DATABASE_URL: 'cloud_user',
    TIDEGATE_CLOUD_PAGE_DATABASE_URL: 'cloud_page',
  },
} as const;
